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

/** The rules at a point in time: which API key an SSH key belongs to, and which registrations exclude each other. */
record SshKeyRules(SshKeyIndex index, Keys apiKeys, Instant now) {
    /**
     * Returns the registration that an offered key matches, if it is exactly one. For a plain key, the API key may have
     * ended.
     */
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
     * Returns the registrations that a new one replaces. They belong to other API keys, and have ended or lose against a proof.
     *
     * @throws BellhopException {@code SSH_KEY_TAKEN} if a registration that has not ended excludes the new one
     */
    List<SshKey> freed(Key apiKey, NewSshKey wanted) {
        byte[] blob = wanted.publicKey().bytes();
        List<String> principals = wanted.principals();
        if (principals != null) {
            List<SshKey> others = index.findAuthority(blob).stream()
                    .filter(key -> isOfAnother(key, apiKey))
                    .toList();
            return freedAuthorities(others, apiKey, principals, wanted.isProved());
        }
        Optional<SshKey> other = index.findPlain(blob).filter(key -> isOfAnother(key, apiKey));
        if (!wanted.isProved() && other.filter(this::standsForSomething).isPresent()) {
            throw taken("Cannot register this SSH key because it is registered with another API key already; if it is"
                    + " yours, prove that, as 'bellhop ssh-key add --prove' does; else make another one");
        }
        return other.stream().toList();
    }

    private static boolean isOfAnother(SshKey key, Key apiKey) {
        return !key.keyId().equals(apiKey.id());
    }

    /**
     * A CA belongs to one account, because its certificates do not say which account they are for. So a proof takes the CA from all API
     * keys of other accounts. Within an account, its administrators decide about the principals.
     */
    private List<SshKey> freedAuthorities(List<SshKey> others, Key apiKey, List<String> principals, boolean isProved) {
        List<SshKey> foreign =
                others.stream().filter(key -> !isOfSameAccount(key, apiKey)).toList();
        if (!isProved && foreign.stream().anyMatch(this::standsForSomething)) {
            throw taken("Cannot register this CA because it is registered in another account already; if it is yours,"
                    + " prove that, as 'bellhop ssh-key add --prove' does; else use another CA");
        }
        if (others.stream()
                .anyMatch(
                        key -> isOfSameAccount(key, apiKey) && key.namesAnyOf(principals) && standsForSomething(key))) {
            throw taken("Cannot register this CA because one of these principals leads to another API key already; name"
                    + " others, or have that one removed first");
        }
        return isProved ? foreign : List.of();
    }

    private boolean isOfSameAccount(SshKey sshKey, Key apiKey) {
        return apiKeys.find(sshKey.keyId())
                .filter(key -> key.tenant().equals(apiKey.tenant()))
                .isPresent();
    }

    private static BellhopException taken(String why) {
        return new BellhopException(ErrorCode.SSH_KEY_TAKEN, why);
    }
}
