// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

@Command(
        name = "start",
        description = "Switch a VM on, and wait until it runs. Needs the scope power:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "One that runs already is left as it is. What starts a VM of plain QEMU is in the configuration of the server.",
            "",
            "Ctrl-C ends the waiting alone: what was begun goes on. Exit codes: 0 when it was done, 1 when it was not, and why",
            "is on standard error.",
            "",
            "Example:",
            "  bellhop vm start 10000"
        })
final class VmStartCommand extends PowerCommand {

    VmStartCommand(CliContext context, ClientOptions global) {
        super(context, global, "start");
    }
}
