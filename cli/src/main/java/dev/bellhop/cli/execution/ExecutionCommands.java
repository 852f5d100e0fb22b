// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;

/** {@code bellhop exec} and what else there is to do with commands. */
public final class ExecutionCommands {

    private ExecutionCommands() {}

    public static List<Object> all(CliContext context, ClientOptions global) {
        return List.of(
                new ExecCommand(context, global),
                new LogsCommand(context, global),
                new PsCommand(context, global),
                new CancelCommand(context, global),
                new ApproveCommand(context, global),
                new RejectCommand(context, global));
    }
}
