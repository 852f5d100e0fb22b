// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Table;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a node of the cluster. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop node show host-1"})
final class NodeShowCommand extends ClientCommand {

    @Parameters(arity = "1", paramLabel = "NODE", description = NodeFormat.HELP)
    private String name = "";

    NodeShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        NodeView node = client.nodes().get(name);
        return print(node, () -> {
            Table page = new Table("Node", node.name());
            page.row("State", NodeFormat.state(node));
            page.row("Seen", NodeFormat.seen(node));
            page.row("Version", Objects.requireNonNullElse(node.version(), "-"));
            page.row("VMs", NodeFormat.count(node.vms()));
            page.row("Takes over", Objects.requireNonNullElse(node.vmRanges(), "-"));
            page.row("Refused", refused(node));
            page.row("Running", NodeFormat.count(node.running()));
            page.row("Waiting", NodeFormat.count(node.waiting()));
            page.row("Added", Json.timestamp(node.createdAt()));
            page.row("Credentials", ends(node.credentialsExpireAt()));
            page.row("Token", ends(node.tokenExpiresAt()));
            page.print(terminal);
        });
    }

    private static String refused(NodeView node) {
        List<Long> refused = node.refusedVms();
        return refused == null
                ? "-"
                : "VM " + refused.stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + ": another node holds it, or it is outside this node's ranges; 'bellhop node move-vm' moves it here";
    }

    private String ends(@Nullable Instant time) {
        return time == null
                ? "-"
                : "until " + Json.timestamp(time) + ", "
                        + NodeFormat.until(time, context.clock().instant());
    }
}
