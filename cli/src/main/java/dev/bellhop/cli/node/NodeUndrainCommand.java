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
        name = "undrain",
        description = "Let drained nodes start commands again. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop node undrain host-1"})
final class NodeUndrainCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "NODE", description = NodeFormat.HELP)
    private List<String> names = List.of();

    NodeUndrainCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            client.nodes().undrain(name);
            terminal.say("Node " + name + " starts commands again");
        }
        return 0;
    }
}
