// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "shutdown",
        description = "Have the guest switch itself off, and wait until it has. Needs the scope power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Its agent is asked first, then its power button is pressed (ACPI). A guest that does not care runs on, unless with",
            "--force.",
            "",
            "Ctrl-C ends the waiting alone: what was begun goes on. Exit codes: 0 when it was done, 1 when it was not, and why",
            "is on standard error.",
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
