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
        name = "remove",
        description = "Forget nodes that are gone, and free their VMs. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A node that was there in the last 10 seconds is not removed: end it on its",
            "host, or revoke it.",
            "",
            "Example:",
            "  bellhop node remove host-1"
        })
final class NodeRemoveCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "NODE", description = NodeFormat.HELP)
    private List<String> names = List.of();

    NodeRemoveCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            int freed = client.nodes().remove(name).freedVms();
            terminal.say("Removed node " + name + ". "
                    + (freed == 1 ? "The VM that it held is free" : "The " + freed + " VMs that it held are free"));
        }
        return 0;
    }
}
