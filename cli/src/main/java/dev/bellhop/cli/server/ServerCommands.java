// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop server} and {@code bellhop encryption}. */
public final class ServerCommands {

    private ServerCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("server", (_, _) -> new ServerCommand())
                .addGroup(
                        "encryption",
                        "Show and rotate the keys that encrypt what the server stores.",
                        group -> group.add("status", EncryptionStatusCommand::new)
                                .add("rotate", EncryptionRotateCommand::new));
    }
}
