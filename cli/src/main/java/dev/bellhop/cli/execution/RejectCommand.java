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
final class RejectCommand extends DecisionCommand {

    RejectCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    Optional<ExecutionView> decide(BellhopClient client, String id) throws InterruptedException {
        ExecutionView execution = client.execution(id, Duration.ZERO);
        ExecutionView rejected = client.reject(id);
        show(execution);
        return Optional.of(rejected);
    }
}
