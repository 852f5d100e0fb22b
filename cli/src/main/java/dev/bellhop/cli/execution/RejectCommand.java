// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code bellhop reject}. */
@Command(
        name = "reject",
        description = "Reject commands that wait for approval, so that they never start.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {
            "",
            "Shows each as 'bellhop approve' does, and does not ask.",
            "",
            "Exit codes: 0 all are rejected; 1 the server said no; 2 the command line is wrong.",
            "",
            "Example:",
            "  bellhop reject 019c1379-5a10"
        })
final class RejectCommand extends DecisionCommand {

    RejectCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    Optional<ExecutionView> decide(BellhopClient client, String id) throws InterruptedException {
        ExecutionView execution = client.executions().get(id, Duration.ZERO);
        ExecutionView rejected = client.executions().reject(id);
        show(execution);
        return Optional.of(rejected);
    }
}
