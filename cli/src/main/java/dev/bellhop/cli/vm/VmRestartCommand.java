// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "restart",
        description = "Shut a VM down, start it, and wait until it runs. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Shuts it down as 'bellhop vm shutdown' does. Starts a VM that is off.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Example:",
            "  bellhop vm restart 10000 --force"
        })
final class VmRestartCommand extends PowerCommand {

    @Mixin
    private final ShutdownOptions shutdown = new ShutdownOptions();

    VmRestartCommand(CliContext context, ClientOptions global) {
        super(context, global, "restart");
    }

    @Override
    PowerOptions powerOptions() {
        return shutdown.powerOptions();
    }
}
