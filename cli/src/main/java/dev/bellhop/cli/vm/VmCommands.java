// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop vm} and {@code bellhop operation}. */
public final class VmCommands {

    private VmCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                        "vm",
                        "List VMs, switch them on and off, and assign them to accounts.",
                        group -> group.add("list", VmListCommand::new)
                                .add("show", VmShowCommand::new)
                                .add("start", VmStartCommand::new)
                                .add("shutdown", VmShutdownCommand::new)
                                .add("stop", VmStopCommand::new)
                                .add("restart", VmRestartCommand::new)
                                .add("reset", VmResetCommand::new)
                                .add("reboot", VmRebootCommand::new)
                                .add("wait-agent", VmWaitAgentCommand::new)
                                .add("assign", VmAssignCommand::new)
                                .add("unassign", VmUnassignCommand::new))
                .addGroup(
                        "operation",
                        "List operations on VMs, show them and wait for them.",
                        group -> group.add("list", OperationListCommand::new)
                                .add("show", OperationShowCommand::new)
                                .add("wait", OperationWaitCommand::new));
    }
}
