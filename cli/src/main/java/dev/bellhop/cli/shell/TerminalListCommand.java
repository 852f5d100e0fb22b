// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Table;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List the terminals of a VM, newest first. Needs the scope terminal:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Those that are open, and those that ended within the last ten minutes, with the reason. BY is the way into the"
                    + " guest: 'stream', or 'agent', which is slower; 'bellhop doctor VM' says why.",
            "",
            "Example:",
            "  bellhop terminal list 10000"
        })
final class TerminalListCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    TerminalListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        return printList(
                client.terminals().list(vmid),
                "There are no terminals in VM " + vmid,
                new Table("ID", "USER", "STATE", "OPENED", "VIEWERS", "BY", "KEY").optional("BY"),
                (table, terminal) -> table.row(
                        terminal.id(),
                        terminal.user(),
                        state(terminal),
                        terminal.openedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                        Integer.toString(terminal.viewers()),
                        terminal.transport() == null ? "-" : terminal.transport(),
                        terminal.keyId()));
    }

    private static String state(TerminalView terminal) {
        return terminal.reason() == null ? terminal.state() : terminal.reason();
    }
}
