// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.SecondsConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "reboot",
        description = "Have a VM's guest start again by itself, and wait until it has. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Asks its agent. The VM stays on; 'bellhop vm restart' switches it off and on.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Example:",
            "  bellhop vm reboot 10000 --grace 2m"
        })
final class VmRebootCommand extends PowerCommand {

    @Option(names = "--force", description = "Reset the VM if its guest has not started again after --grace.")
    private boolean force;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description =
                    "How long the guest may take, such as 5m; at most 1h. Default: as configured in the server, usually"
                            + " 60s.")
    private @Nullable Integer grace;

    VmRebootCommand(CliContext context, ClientOptions global) {
        super(context, global, "reboot");
    }

    @Override
    PowerOptions powerOptions() {
        return new PowerOptions(force ? true : null, grace);
    }
}
