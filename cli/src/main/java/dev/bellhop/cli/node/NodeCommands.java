// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop node}. */
public final class NodeCommands {

    private NodeCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                "node",
                "Add, list, drain and revoke the nodes of a cluster, and run one.",
                group -> group.add("add", NodeAddCommand::new)
                        .add("list", NodeListCommand::new)
                        .add("show", NodeShowCommand::new)
                        .add("drain", NodeDrainCommand::new)
                        .add("undrain", NodeUndrainCommand::new)
                        .add("revoke", NodeRevokeCommand::new)
                        .add("remove", NodeRemoveCommand::new)
                        .add("move-vm", NodeMoveVmCommand::new)
                        .add("join", (context, _) -> new NodeJoinCommand(context))
                        .add("run", (_, _) -> new NodeRunCommand()));
    }
}
