// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.CommandGroup;
import picocli.CommandLine;

/** {@code bellhop vm}. */
public final class VmCommands {

    private VmCommands() {}

    public static CommandLine group(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "vm",
                "See the virtual servers, switch them on and off, and say whose they are.",
                new VmListCommand(context, global),
                new VmShowCommand(context, global),
                new VmStartCommand(context, global),
                new VmShutdownCommand(context, global),
                new VmStopCommand(context, global),
                new VmRestartCommand(context, global),
                new VmResetCommand(context, global),
                new VmWaitAgentCommand(context, global),
                new VmAssignCommand(context, global),
                new VmUnassignCommand(context, global));
    }
}
