// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop context}. */
public final class ContextCommands {

    private ContextCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                "context",
                "Name the servers you work with, and choose one.",
                group -> group.add("list", ContextListCommand::new)
                        .add("use", ContextUseCommand::new)
                        .add("set", ContextSetCommand::new)
                        .add("delete", ContextDeleteCommand::new));
    }
}
