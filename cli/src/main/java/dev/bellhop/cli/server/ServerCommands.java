// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop server}, and what goes with one on this machine. */
public final class ServerCommands {

    private ServerCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("server", (_, _) -> new ServerCommand())
                .add("backup", (context, _) -> new BackupCommand(context))
                .add("restore", (context, _) -> new RestoreCommand(context))
                .add("migrate", (context, _) -> new MigrateCommand(context))
                .addGroup(
                        "store",
                        "Move what a server stores to another database.",
                        group -> group.add("copy", (context, _) -> new StoreCopyCommand(context)))
                .addGroup(
                        "admin-key",
                        "Make an admin key on the server's machine, without having one.",
                        group -> group.add("new", (context, _) -> new AdminKeyNewCommand(context)))
                .addGroup(
                        "cluster",
                        "Begin a cluster: many hosts behind several API servers.",
                        group -> group.add("init", (context, _) -> new ClusterInitCommand(context))
                                .add("add-node", (context, _) -> new ClusterAddNodeCommand(context)))
                .addGroup(
                        "encryption",
                        "Show and rotate the keys that encrypt what the server stores.",
                        group -> group.add("status", EncryptionStatusCommand::new)
                                .add("rotate", EncryptionRotateCommand::new));
    }
}
