// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop doctor}, {@code bellhop set-password}, {@code bellhop sync-time} and {@code bellhop authorized-key}. */
public final class GuestCommands {

    private GuestCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.add("doctor", DoctorCommand::new)
                .add("set-password", SetPasswordCommand::new)
                .add("sync-time", SyncTimeCommand::new)
                .addGroup(
                        "authorized-key",
                        "List the SSH keys that a VM's guest accepts, add and remove them.",
                        group -> group.add("list", AuthorizedKeyListCommand::new)
                                .add("add", AuthorizedKeyAddCommand::new)
                                .add("remove", AuthorizedKeyRemoveCommand::new));
    }
}
