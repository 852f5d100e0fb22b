// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

@Command(
        name = "stop",
        description = "Switch a VM off at once, as by pulling its plug. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Does not ask the guest, which loses what it has not written. 'bellhop vm shutdown' is kinder.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Example:",
            "  bellhop vm stop 10000"
        })
final class VmStopCommand extends PowerCommand {

    VmStopCommand(CliContext context, ClientOptions global) {
        super(context, global, "stop");
    }
}
