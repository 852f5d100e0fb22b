// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop exec} and what else there is to do with commands. */
public final class ExecutionCommands {

    private ExecutionCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("exec", ExecCommand::new)
                .add("logs", LogsCommand::new)
                .add("ps", PsCommand::new)
                .add("inspect", InspectCommand::new)
                .add("wait", WaitCommand::new)
                .add("stdin", StdinCommand::new)
                .add("cancel", CancelCommand::new)
                .add("signal", SignalCommand::new)
                .add("approve", ApproveCommand::new)
                .add("reject", RejectCommand::new);
    }
}
