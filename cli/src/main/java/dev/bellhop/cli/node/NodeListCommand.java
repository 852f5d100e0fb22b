// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.terminal.Table;
import java.util.Objects;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List the nodes of the cluster. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "VMS, RUNNING and WAITING are VMs and commands there, as the node counted them",
            "when it was seen last.",
            "",
            "Examples:",
            "  bellhop node list",
            "  bellhop node list --json | jq '.items[] | select(.state != \"ready\")'"
        })
final class NodeListCommand extends ClientCommand {

    NodeListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                Paging.all(client.nodes()::list),
                "There are no nodes. Add one with 'bellhop node add NAME'",
                new Table("NODE", "STATE", "VMS", "RUNNING", "WAITING", "SEEN", "VERSION"),
                (table, node) -> table.row(
                        node.name(),
                        NodeFormat.state(node),
                        NodeFormat.count(node.vms()),
                        NodeFormat.count(node.running()),
                        NodeFormat.count(node.waiting()),
                        NodeFormat.seen(node),
                        Objects.requireNonNullElse(node.version(), "-")));
    }
}
