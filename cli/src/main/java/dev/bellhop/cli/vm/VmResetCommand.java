// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

@Command(
        name = "reset",
        description = "Reset a VM at once, as by its reset button. Needs power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Does not ask the guest, which loses what it has not written. 'bellhop vm restart' is kinder.",
            "",
            "Ctrl-C ends the waiting, not the operation. Exit codes: 0 done; 1 failed, and standard error says why.",
            "",
            "Example:",
            "  bellhop vm reset 10000"
        })
final class VmResetCommand extends PowerCommand {

    VmResetCommand(CliContext context, ClientOptions global) {
        super(context, global, "reset");
    }
}
