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
        name = "revoke",
        description = "Cut nodes off at once. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A revoked node keeps its VMs, and what runs in them runs on. To let it join",
            "again: 'bellhop node add'. To give its VMs to others: 'bellhop node remove'.",
            "",
            "Example:",
            "  bellhop node revoke host-1"
        })
final class NodeRevokeCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "NODE", description = NodeFormat.HELP)
    private List<String> names = List.of();

    NodeRevokeCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            client.nodes().revoke(name);
            terminal.say("Revoked node " + name);
        }
        return 0;
    }
}
