// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.api.Json;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.PositiveNumberConverter;
import dev.bellhop.cli.terminal.Table;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List who did what, newest first. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "Exit codes: 0 done, 2 the command line is wrong, 255 failed.",
            "",
            "Examples:",
            "  bellhop audit list --since 1d --vm 10000",
            "  bellhop audit list --outcome refused --limit 500",
            "  bellhop audit list --action key.create --json"
        })
final class AuditListCommand extends ClientCommand {

    private static final String SSH = "ssh";

    @Mixin
    private final AuditFilterOptions filter = new AuditFilterOptions();

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = PositiveNumberConverter.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    AuditListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        AuditQuery query = filter.query(client, context.clock().instant());
        return printList(
                Paging.first(limit, (size, cursor) -> client.audit().list(query, size, cursor)),
                "No records",
                new Table("SEQ", "TIME", "KEY", "FROM", "ACTION", "ABOUT", "OUTCOME"),
                (table, record) -> table.row(
                        Long.toString(record.seq()),
                        Json.timestamp(record.at()),
                        orDash(record.keyId()),
                        orDash(record.address()),
                        record.action(),
                        about(record),
                        outcome(record)));
    }

    private static String about(AuditRecord record) {
        String vm = record.vmid() == null ? null : "VM " + record.vmid();
        String certificate = record.certificate() == null ? null : "by certificate " + record.certificate();
        String text = Stream.of(vm, record.executionId(), record.subject(), door(record), certificate)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(" "));
        return text.isEmpty() ? "-" : text;
    }

    /** Without a subject, the path of a refused request names its action. */
    private static @Nullable String door(AuditRecord record) {
        if (SSH.equals(record.door())) {
            return "over SSH";
        }
        return record.outcome().equals("done") || record.subject() != null ? null : record.door();
    }

    private static String outcome(AuditRecord record) {
        String count = record.count() == null ? null : "x" + record.count();
        return Stream.of(record.outcome(), record.state(), record.code(), count)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(" "));
    }

    private static String orDash(@Nullable String text) {
        return text == null ? "-" : text;
    }
}
