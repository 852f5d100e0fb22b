// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop fsfreeze}, {@code fsthaw} and {@code fstrim}. */
public final class FileSystemCommands {
    private FileSystemCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("fsfreeze", FsfreezeCommand::new)
                .add("fsthaw", FsthawCommand::new)
                .add("fstrim", FstrimCommand::new);
    }
}
