// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.Json;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.client.AuditQuery;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List what was done and by whom, newest first. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        exitCodeOnExecutionException = Outcome.EXIT_FAILED,
        footer = {
            "",
            "Exit codes: 0 done, 2 the command line is wrong, 255 not done.",
            "",
            "Examples:",
            "  bellhop audit list --since 1d --vm 10000",
            "  bellhop audit list --outcome refused --limit 500",
            "  bellhop audit list --action 'POST /api/v2/keys' --output json"
        })
final class AuditListCommand implements Callable<Integer> {

    private static final int LARGEST_PAGE = 100;

    private final CliContext context;

    @Mixin
    private final AuditFilterOptions filter = new AuditFilterOptions();

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = Vmid.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    @Mixin
    private final ClientOptions options;

    AuditListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Page<AuditRecord> found;
        try (BellhopClient client = options.connect()) {
            found = newest(client, filter.query(context.clock().instant()));
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(found);
        } else if (found.items().isEmpty()) {
            terminal.say("No records");
        } else {
            print(found.items());
            if (found.nextCursor() != null) {
                terminal.say("There are more than these " + limit + "; --limit lists them");
            }
        }
        return 0;
    }

    /** A part with nothing in it says no more than that the server has not found anything yet. */
    private Page<AuditRecord> newest(BellhopClient client, AuditQuery query) throws InterruptedException {
        List<AuditRecord> items = new ArrayList<>();
        String cursor = null;
        do {
            int wanted = (int) Math.min(LARGEST_PAGE, limit - items.size());
            Page<AuditRecord> page = client.audit(query, wanted, cursor);
            items.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null && items.size() < limit);
        return new Page<>(items, cursor);
    }

    private void print(List<AuditRecord> records) {
        Table table = new Table("SEQ", "TIME", "KEY", "FROM", "ACTION", "ABOUT", "OUTCOME");
        records.forEach(record -> table.row(
                Long.toString(record.seq()),
                Json.timestamp(record.at()),
                orDash(record.keyId()),
                orDash(record.address()),
                record.action(),
                about(record),
                outcome(record)));
        table.print(context.terminal().out());
    }

    private static String about(AuditRecord record) {
        String vm = record.vmid() == null ? null : "VM " + record.vmid();
        String text = Stream.of(vm, record.executionId(), record.subject())
                .filter(part -> part != null)
                .collect(Collectors.joining(" "));
        return text.isEmpty() ? "-" : text;
    }

    private static String outcome(AuditRecord record) {
        StringBuilder text = new StringBuilder(record.outcome());
        if (record.state() != null) {
            text.append(' ').append(record.state());
        }
        if (record.code() != null) {
            text.append(' ').append(record.code());
        }
        if (record.count() != null) {
            text.append(" x").append(record.count());
        }
        return text.toString();
    }

    private static String orDash(@Nullable String text) {
        return text == null ? "-" : text;
    }
}
