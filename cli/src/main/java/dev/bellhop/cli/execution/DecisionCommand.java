// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Decides on executions that wait for approval, one after the other. */
abstract class DecisionCommand extends ClientCommand {

    @Option(names = "--full", description = "Show everything, however long it is.")
    private boolean full;

    @Parameters(arity = "1..*", paramLabel = "ID", description = ExecutionIds.HELP)
    private List<String> given = List.of();

    DecisionCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    /** Decides on one; empty if it was left undecided, which has been said. */
    abstract Optional<ExecutionView> decide(BellhopClient client, String id) throws InterruptedException;

    final List<String> given() {
        return given;
    }

    /** Shows what would run, unless the output is JSON; whether some of it was left out. */
    final boolean show(ExecutionView execution) {
        if (options.json()) {
            return false;
        }
        ApprovalDetails details =
                ApprovalDetails.of(execution, full, context.clock().instant());
        details.print(terminal.out());
        return details.isCut();
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        List<ExecutionView> decided = new ArrayList<>();
        List<String> ids = new ExecutionIds(client, options).findAll(given);
        for (String id : ids) {
            try {
                decide(client, id).ifPresent(now -> {
                    decided.add(now);
                    if (!options.json()) {
                        terminal.say(id + ": " + text(now));
                    }
                });
            } catch (BellhopApiException | CliException e) {
                terminal.say(id + ": " + e.getMessage());
            }
        }
        print(new Page<>(decided, null), () -> {});
        return decided.size() == ids.size() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static String text(ExecutionView now) {
        boolean approved = now.approval() != null && now.approval().approvedAt() != null;
        return (approved ? "approved; it is " : "") + ExecutionFormat.state(now);
    }
}
