// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop cp}, {@code ls}, {@code cat}, {@code edit} and {@code rm}. */
public final class FileCommands {
    private FileCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("cp", CpCommand::new)
                .add("ls", LsCommand::new)
                .add("cat", CatCommand::new)
                .add("edit", EditCommand::new)
                .add("rm", RmCommand::new);
    }
}
