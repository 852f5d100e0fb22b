// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop forward}. */
public final class ForwardCommands {
    private ForwardCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("forward", ForwardCommand::new);
    }
}
