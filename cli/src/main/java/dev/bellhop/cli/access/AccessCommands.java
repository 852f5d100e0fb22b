// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop account}, {@code key}, {@code mask}, {@code policy} and {@code saved-command}. */
public final class AccessCommands {

    private AccessCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                        "account",
                        "Create, list and delete accounts, which own VMs and keys.",
                        group -> group.add("create", AccountCreateCommand::new)
                                .add("list", AccountListCommand::new)
                                .add("delete", AccountDeleteCommand::new))
                .addGroup(
                        "key",
                        "Create, list, change, rotate and revoke API keys.",
                        group -> group.add("create", KeyCreateCommand::new)
                                .add("list", KeyListCommand::new)
                                .add("show", KeyShowCommand::new)
                                .add("set", KeySetCommand::new)
                                .add("rotate", KeyRotateCommand::new)
                                .add("revoke", KeyRevokeCommand::new))
                .addGroup(
                        "mask",
                        "Choose what is masked in the output of commands.",
                        group -> group.add("list", MaskListCommand::new)
                                .add("set", MaskSetCommand::new)
                                .add("delete", MaskDeleteCommand::new))
                .addGroup(
                        "policy",
                        "Show, set and clear the policy of a key or an account: which commands it may run.",
                        group -> group.add("show", PolicyShowCommand::new)
                                .add("set", PolicySetCommand::new)
                                .add("clear", PolicyClearCommand::new))
                .addGroup(
                        "saved-command",
                        "Create, list, show and delete saved commands, which 'bellhop exec --saved' runs.",
                        group -> group.add("create", SavedCommandCreateCommand::new)
                                .add("list", SavedCommandListCommand::new)
                                .add("show", SavedCommandShowCommand::new)
                                .add("delete", SavedCommandDeleteCommand::new));
    }
}
