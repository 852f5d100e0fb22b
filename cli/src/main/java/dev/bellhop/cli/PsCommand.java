// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionQuery;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.Page;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ps",
        description = "List commands in VMs, newest first: those that run or wait, or all.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Where commands await approval, ASKED BY is the key that asks; 'bellhop approve ID' shows all of one. What cannot"
                    + " be seen in a text is shown as <U+202E>, many blanks as <300 blanks>.",
            "",
            "Examples:",
            "  bellhop ps",
            "  bellhop ps --state lost,rejected 10000",
            "  bellhop cancel $(bellhop ps --quiet --label job=nightly)"
        })
final class PsCommand implements Callable<Integer> {

    private static final int LARGEST_PAGE = 100;
    private static final List<String> UNENDED = List.of("pending", "running");

    private final CliContext context;

    @Option(
            names = {"-a", "--all"},
            description = "Also those that have ended.")
    private boolean all;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            completionCandidates = States.class,
            description = "Only these: pending, running, exited, timed_out, cancelled, lost or rejected. Repeatable.")
    private @Nullable List<String> states;

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "Only with this label. Repeatable: with all of them.")
    private List<NameValue> labels = List.of();

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = Vmid.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print their ids alone.")
    private boolean quiet;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "0..1", paramLabel = "VMID", converter = Vmid.class, description = "Only in this VM.")
    private @Nullable Long vmid;

    PsCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Page<ExecutionView> found;
        try (BellhopClient client = options.connect()) {
            found = newest(client, new ExecutionQuery(vmid, wantedStates(), NameValue.map(labels), null, null));
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(found);
        } else if (found.items().isEmpty()) {
            terminal.say(
                    all || states != null || !labels.isEmpty()
                            ? "No executions"
                            : "No executions run or wait; --all lists those that have ended too");
        } else {
            if (quiet) {
                found.items().forEach(execution -> terminal.out().println(Printable.line(execution.id())));
            } else {
                print(found.items());
            }
            if (found.nextCursor() != null) {
                terminal.say("There are more than these " + limit + "; --limit lists them");
            }
        }
        return 0;
    }

    private List<String> wantedStates() {
        if (states != null) {
            return states;
        }
        return all ? List.of() : UNENDED;
    }

    private Page<ExecutionView> newest(BellhopClient client, ExecutionQuery query) throws InterruptedException {
        List<ExecutionView> items = new ArrayList<>();
        String cursor = null;
        do {
            int wanted = (int) Math.min(LARGEST_PAGE, limit - items.size());
            Page<ExecutionView> page = client.executions(query, wanted, cursor);
            items.addAll(page.items());
            // A part may be empty and not the last one.
            cursor = page.nextCursor();
        } while (cursor != null && items.size() < limit);
        return new Page<>(items, cursor);
    }

    private void print(List<ExecutionView> executions) {
        Instant now = context.clock().instant();
        List<ExecutionView> asked =
                executions.stream().filter(ExecutionView::awaitsApproval).toList();
        Table table = asked.isEmpty()
                ? new Table("ID", "VMID", "STATE", "AGE", "COMMAND")
                : new Table("ID", "VMID", "STATE", "AGE", "ASKED BY", "COMMAND");
        executions.forEach(execution -> {
            List<String> row = new ArrayList<>(List.of(
                    execution.id(),
                    String.valueOf(execution.vmid()),
                    ExecutionText.state(execution),
                    ExecutionText.age(execution.createdAt(), now)));
            if (!asked.isEmpty()) {
                row.add(ExecutionText.askedBy(execution));
            }
            row.add(ExecutionText.command(execution));
            table.row(row.toArray(String[]::new));
        });
        table.print(context.terminal().out());
        if (!asked.isEmpty()) {
            context.terminal()
                    .say("See all that a command would run, and decide, with:\n  bellhop approve"
                            + options.serverOptions() + " "
                            + (asked.size() == 1 ? asked.getFirst().id() : "ID"));
        }
    }

    /** For shell completion. */
    static final class States implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("pending", "running", "exited", "timed_out", "cancelled", "lost", "rejected")
                    .iterator();
        }
    }
}
