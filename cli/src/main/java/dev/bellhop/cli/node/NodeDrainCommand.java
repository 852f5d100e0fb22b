// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "drain",
        description = "Have nodes start nothing new; what runs there goes on. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A command for one of their VMs is refused, and one with a delivery timeout",
            "waits. 'bellhop node undrain' ends it.",
            "",
            "Example:",
            "  bellhop node drain host-1"
        })
final class NodeDrainCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "NODE", description = NodeFormat.HELP)
    private List<String> names = List.of();

    NodeDrainCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            client.nodes().drain(name);
            terminal.say("Node " + name + " starts nothing new");
        }
        return 0;
    }
}
