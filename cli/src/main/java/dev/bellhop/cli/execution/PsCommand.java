// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.NameValue;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.PositiveNumberConverter;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ps",
        description = "List commands in VMs, newest first: running and waiting ones, or all.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "ASKED BY is the key whose command waits for approval; 'bellhop approve ID' shows all of it. Invisible"
                    + " characters are shown as <U+202E>, many blanks as <300 blanks>.",
            "",
            "Examples:",
            "  bellhop ps",
            "  bellhop ps --state lost,rejected 10000",
            "  bellhop cancel $(bellhop ps --quiet --label job=nightly)"
        })
final class PsCommand extends ClientCommand {

    private static final List<String> UNENDED = List.of("pending", "running");

    @Option(
            names = {"-a", "--all"},
            description = "Also list ended ones.")
    private boolean all;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            completionCandidates = States.class,
            description =
                    "List only these: pending, running, exited, timed_out, cancelled, lost or rejected. Repeatable.")
    private @Nullable List<String> states;

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "List only those with this label. Repeatable: with all of them.")
    private List<NameValue> labels = List.of();

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = PositiveNumberConverter.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only ids.")
    private boolean quiet;

    @Parameters(
            arity = "0..1",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = "List only those in this VM: its vmid or its name.")
    private @Nullable VmArgument vm;

    PsCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Long vmid = vm == null ? null : (Long) vm.vmid(client);
        ExecutionQuery query = new ExecutionQuery(vmid, wantedStates(), NameValue.map(labels), null, null);
        Page<ExecutionView> found =
                Paging.first(limit, (size, cursor) -> client.executions().list(query, size, cursor));
        return print(found, () -> printText(found));
    }

    private List<String> wantedStates() {
        if (states != null) {
            return states;
        }
        return all ? List.of() : UNENDED;
    }

    private void printText(Page<ExecutionView> found) {
        if (found.items().isEmpty()) {
            terminal.say(
                    all || states != null || !labels.isEmpty()
                            ? "No executions"
                            : "No executions run or wait; --all lists those that have ended too");
        } else if (quiet) {
            found.items().forEach(execution -> terminal.printLine(execution.id()));
        } else {
            printTable(found.items());
        }
        sayIfMore(found);
    }

    private void printTable(List<ExecutionView> executions) {
        Instant now = context.clock().instant();
        List<ExecutionView> waiting =
                executions.stream().filter(ExecutionView::awaitsApproval).toList();
        Table table = new Table("ID", "VMID", "STATE", "AGE", "ASKED BY", "VM NAME", "COMMAND")
                .optional("ASKED BY", "VM NAME");
        executions.forEach(execution -> table.row(
                execution.id(),
                String.valueOf(execution.vmid()),
                ExecutionFormat.state(execution),
                ExecutionFormat.age(execution.createdAt(), now),
                ExecutionFormat.askedBy(execution),
                VmArgument.cell(execution.vmName()),
                ExecutionFormat.command(execution)));
        table.print(terminal);
        if (!waiting.isEmpty()) {
            terminal.say("See all that a command would run, and decide, with:\n  bellhop approve"
                    + options.serverOptions() + " "
                    + (waiting.size() == 1 ? waiting.getFirst().id() : "ID"));
        }
    }

    /** For shell completion. */
    static final class States extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        States() {
            super(List.of("pending", "running", "exited", "timed_out", "cancelled", "lost", "rejected"));
        }
    }
}
