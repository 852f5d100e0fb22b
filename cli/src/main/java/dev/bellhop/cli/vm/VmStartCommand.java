// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

@Command(
        name = "start",
        description = "Switch a VM on, and wait until it runs. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Does nothing to a VM that already runs. How to start a VM of plain QEMU is set in the server's"
                    + " configuration.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Example:",
            "  bellhop vm start 10000"
        })
final class VmStartCommand extends PowerCommand {

    VmStartCommand(CliContext context, ClientOptions global) {
        super(context, global, "start");
    }
}
