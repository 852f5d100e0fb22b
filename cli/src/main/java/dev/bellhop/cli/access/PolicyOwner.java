// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.PolicyClient;
import dev.bellhop.cli.command.AccountIds;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say whose policy is meant. */
final class PolicyOwner {

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Option(names = "--key-id", paramLabel = "ID", description = "The key's, by its id from 'bellhop key list'.")
    private @Nullable String keyId;

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description = "The account's, by its id or name; it binds all its keys. Needs the scope admin.")
    private @Nullable String account;

    /** The policy of the one that is meant. */
    PolicyClient policy(BellhopClient client) throws InterruptedException {
        if (keyId != null && account == null) {
            return client.keys().policy(keyId);
        }
        if (account != null && keyId == null) {
            return client.accounts().policy(AccountIds.resolveGiven(client, account));
        }
        throw new ParameterException(spec.commandLine(), "Give one of --key-id and --account");
    }

    @Override
    public String toString() {
        return keyId == null ? "account " + account : "key " + keyId;
    }
}
