// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "shutdown",
        description = "Shut a VM's guest down, and wait until it is off. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Asks the guest's agent, then presses the power button (ACPI). A guest that ignores both runs on, unless you"
                    + " give --force.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Examples:",
            "  bellhop vm shutdown 10000",
            "  bellhop vm shutdown 10000 --force --grace 2m"
        })
final class VmShutdownCommand extends PowerCommand {

    @Mixin
    private final ShutdownOptions shutdown = new ShutdownOptions();

    VmShutdownCommand(CliContext context, ClientOptions global) {
        super(context, global, "shutdown");
    }

    @Override
    PowerOptions powerOptions() {
        return shutdown.powerOptions();
    }
}
