// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.CommandGroup;
import picocli.CommandLine;

/** {@code bellhop account}, {@code key}, {@code mask}, {@code policy} and {@code saved-command}. */
public final class AccessCommands {

    private AccessCommands() {}

    public static CommandLine account(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "account",
                "Create, list and delete accounts, which own VMs and keys.",
                new AccountCreateCommand(context, global),
                new AccountListCommand(context, global),
                new AccountDeleteCommand(context, global));
    }

    public static CommandLine key(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "key",
                "Create, list, rotate and revoke API keys.",
                new KeyCreateCommand(context, global),
                new KeyListCommand(context, global),
                new KeyRotateCommand(context, global),
                new KeyRevokeCommand(context, global));
    }

    public static CommandLine mask(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "mask",
                "Say what is masked in the output of an account's commands.",
                new MaskListCommand(context, global),
                new MaskSetCommand(context, global),
                new MaskDeleteCommand(context, global));
    }

    public static CommandLine policy(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "policy",
                "Show, set and clear the policy of a key or an account: which commands may be run.",
                new PolicyShowCommand(context, global),
                new PolicySetCommand(context, global),
                new PolicyClearCommand(context, global));
    }

    public static CommandLine savedCommand(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "saved-command",
                "Create, list, show and delete saved commands, which 'bellhop exec --saved' runs.",
                new SavedCommandCreateCommand(context, global),
                new SavedCommandListCommand(context, global),
                new SavedCommandShowCommand(context, global),
                new SavedCommandDeleteCommand(context, global));
    }
}
