// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

@Command(
        name = "reset",
        description = "Press the reset button of a VM: its guest begins anew at once. Needs the scope power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The guest is not asked, and what it has not written is lost: see 'bellhop vm restart'.",
            "",
            "Ctrl-C ends the waiting alone: what was begun goes on. Exit codes: 0 when it was done, 1 when it was not, and why",
            "is on standard error.",
            "",
            "Example:",
            "  bellhop vm reset 10000"
        })
final class VmResetCommand extends PowerCommand {

    VmResetCommand(CliContext context, ClientOptions global) {
        super(context, global, "reset");
    }
}
