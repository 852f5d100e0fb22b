// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop ssh-key}, {@code ssh-config} and {@code ansible-inventory}. */
public final class SshCommands {

    private SshCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                        "ssh-key",
                        "Register, list and remove the SSH keys that stand for an API key.",
                        group -> group.add("add", SshKeyAddCommand::new)
                                .add("list", SshKeyListCommand::new)
                                .add("remove", SshKeyRemoveCommand::new))
                .add("ssh-config", SshConfigCommand::new)
                .add("ansible-inventory", AnsibleInventoryCommand::new);
    }
}
