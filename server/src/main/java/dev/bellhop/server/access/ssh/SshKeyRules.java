// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.sshkey.OfferedKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What SSH keys stand for at a time, and which may be beside which. */
record SshKeyRules(SshKeyIndex index, Keys apiKeys, Instant now) {
    /** The one that what is offered means, where it is exactly one. Its API key may have ended. */
    Optional<SshKey> meant(OfferedKey offered) {
        return switch (offered) {
            case OfferedKey.Plain plain -> index.findPlain(plain.publicKey()).filter(key -> key.validAt(now));
            case OfferedKey.Certified certified -> {
                List<SshKey> meant = index.findAuthority(certified.authority()).stream()
                        .filter(key -> key.namesAnyOf(certified.principals()) && standsForSomething(key))
                        .toList();
                yield meant.size() == 1 ? Optional.of(meant.getFirst()) : Optional.empty();
            }
        };
    }

    private boolean standsForSomething(SshKey key) {
        return key.validAt(now)
                && apiKeys.find(key.keyId())
                        .filter(apiKey -> apiKey.validAt(now))
                        .isPresent();
    }

    /**
     * The one whose place a new one takes: it stood for another API key, and has ended, or whoever wants the new one has proved that it is
     * theirs. Empty where there is none.
     *
     * @throws BellhopException {@code SSH_KEY_TAKEN} where one has not ended that may not be beside it
     */
    Optional<SshKey> freed(Key apiKey, NewSshKey wanted) {
        byte[] blob = wanted.publicKey().bytes();
        List<String> principals = wanted.principals();
        if (principals != null) {
            index.findAuthority(blob).stream()
                    .filter(other -> isOfAnother(other, apiKey) && standsForSomething(other))
                    .forEach(other -> requireBeside(other, apiKey, principals));
            return Optional.empty();
        }
        Optional<SshKey> other = index.findPlain(blob).filter(key -> isOfAnother(key, apiKey));
        if (!wanted.isProved() && other.filter(this::standsForSomething).isPresent()) {
            throw taken("Cannot register this SSH key because it is registered with another API key already; if it is"
                    + " yours, prove that, as 'bellhop ssh-key add --prove' does; else make another one");
        }
        return other;
    }

    private static boolean isOfAnother(SshKey key, Key apiKey) {
        return !key.keyId().equals(apiKey.id());
    }

    /** A CA of somebody else's could not be told from one's own by its certificates. */
    private void requireBeside(SshKey other, Key apiKey, List<String> principals) {
        if (apiKeys.find(other.keyId())
                .filter(key -> key.tenant().equals(apiKey.tenant()))
                .isEmpty()) {
            throw taken(
                    "Cannot register this CA because it is registered in another account already; take another CA, or"
                            + " have that one removed first");
        }
        if (other.namesAnyOf(principals)) {
            throw taken("Cannot register this CA because one of these principals leads to another API key already; name"
                    + " others, or have that one removed first");
        }
    }

    private static BellhopException taken(String why) {
        return new BellhopException(ErrorCode.SSH_KEY_TAKEN, why);
    }
}
