// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.node.NodeToken;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.SecondsConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = "Add a node, or let one join again, and print a token by which it joins; it is not shown again."
                + " Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Only the token goes to standard output. On the node's host, 'bellhop node join'",
            "takes it. Whatever was this node before is out once another joins.",
            "",
            "Example:",
            "  bellhop node add host-3 --expires-in 1d"
        })
final class NodeAddCommand extends ClientCommand {

    @Parameters(
            arity = "1",
            paramLabel = "NODE",
            description = "The node's name, such as its host's: lowercase letters, digits and hyphens.")
    private String name = "";

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long the node may join by the token, such as 30m, at most 7d. Default: 1h.")
    private @Nullable Integer expiresIn;

    @Option(
            names = "--vms",
            paramLabel = "RANGES",
            description =
                    "VMs that the node can claim from other nodes, such as 10000-10999,20001, or all, or none. With ranges,"
                            + " it holds no other new VMs. Without them, a VM that moves here needs 'bellhop node move-vm'.")
    private @Nullable String vms;

    NodeAddCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        NodeToken made = client.nodes().add(new AddNode(name, expiresIn, vms));
        return print(made, () -> {
            terminal.printLine(made.token());
            terminal.say("Node " + made.name() + " may join by this token, once and "
                    + NodeFormat.within(made.expiresAt(), context.clock().instant())
                    + ". On its host, run 'bellhop node join URL -' and give it the token");
        });
    }
}
