// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.ExecutionView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bellhop reject}. */
@Command(
        name = "reject",
        description = "Reject commands that wait for approval: they are never started.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {
            "",
            "Each is shown as 'bellhop approve' shows it, and rejected without a question.",
            "",
            "Exit codes: 0 all of them are rejected; 1 not all, because the server said no; 2 the command line is wrong.",
            "",
            "Example:",
            "  bellhop reject 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"
        })
final class RejectCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(names = "--full", description = "Leave nothing out, however long it is.")
    private boolean full;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "An execution, from 'bellhop ps'.")
    private List<String> ids = List.of();

    RejectCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Decision decision = this::reject;
        return decision.onAll(ids, context, options);
    }

    private Optional<ExecutionView> reject(BellhopClient client, String id) throws InterruptedException {
        ExecutionView execution = client.execution(id, Duration.ZERO);
        ExecutionView rejected = client.reject(id);
        if (!options.json()) {
            RequestPage.of(execution, full, context.clock().instant())
                    .print(context.terminal().out());
        }
        return Optional.of(rejected);
    }
}
