// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop shell}, {@code bellhop terminal} and {@code bellhop recording}. */
public final class ShellCommands {

    private ShellCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("shell", ShellCommand::new)
                .addGroup(
                        "terminal",
                        "List terminals, let others look at them, and look.",
                        group -> group.add("list", TerminalListCommand::new)
                                .add("share", TerminalShareCommand::new)
                                .add("watch", TerminalWatchCommand::new))
                .addGroup(
                        "recording",
                        "List recordings of terminals, play and export them.",
                        group -> group.add("list", RecordingListCommand::new)
                                .add("play", RecordingPlayCommand::new)
                                .add("export", RecordingExportCommand::new));
    }
}
