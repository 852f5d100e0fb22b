// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop shell}. */
public final class ShellCommands {

    private ShellCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("shell", ShellCommand::new);
    }
}
