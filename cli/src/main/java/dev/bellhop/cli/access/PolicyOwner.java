// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
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

    /** What is done with the policy of either. */
    interface Action<T> {
        T on(String id) throws InterruptedException;
    }

    /** Does what is to be done to the one that is meant. */
    <T> T choose(BellhopClient client, Action<T> ofKey, Action<T> ofAccount) throws InterruptedException {
        if (keyId != null && account == null) {
            return ofKey.on(keyId);
        }
        if (account != null && keyId == null) {
            return ofAccount.on(AccountIds.resolveGiven(client, account));
        }
        throw new ParameterException(spec.commandLine(), "Give one of --key-id and --account");
    }

    @Override
    public String toString() {
        return keyId == null ? "account " + account : "key " + keyId;
    }
}
