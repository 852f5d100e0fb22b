// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * SSH keys, indexed for look-up. A change creates a new index, so readers never see a partial change.
 *
 * @param plain keys that log in directly, by fingerprint
 * @param authorities keys of CAs, by fingerprint: a CA can be registered for several API keys, each with its own
 *     principals
 */
record SshKeyIndex(Map<String, SshKey> byId, Map<String, SshKey> plain, Map<String, List<SshKey>> authorities) {
    private static final Comparator<SshKey> OLDEST_FIRST =
            Comparator.comparing(SshKey::addedAt).thenComparing(SshKey::id);

    static SshKeyIndex of(Collection<SshKey> keys) {
        return of(keys.stream());
    }

    private static SshKeyIndex of(Stream<SshKey> keys) {
        Map<String, SshKey> byId = keys.collect(Collectors.toUnmodifiableMap(SshKey::id, Function.identity()));
        return new SshKeyIndex(
                byId,
                byId.values().stream()
                        .filter(Predicate.not(SshKey::isAuthority))
                        .collect(Collectors.toUnmodifiableMap(SshKey::fingerprint, Function.identity())),
                byId.values().stream().filter(SshKey::isAuthority).collect(Collectors.groupingBy(SshKey::fingerprint)));
    }

    /** Returns an index with this key added, or replaced if the index has its id. */
    SshKeyIndex with(SshKey key) {
        return of(Stream.concat(others(key), Stream.of(key)));
    }

    SshKeyIndex without(SshKey key) {
        return of(others(key));
    }

    private Stream<SshKey> others(SshKey key) {
        return byId.values().stream().filter(other -> !other.id().equals(key.id()));
    }

    /** @param blob compared completely */
    Optional<SshKey> findPlain(byte[] blob) {
        return Optional.ofNullable(plain.get(PublicKey.fingerprint(blob)))
                .filter(key -> key.publicKey().isSame(blob));
    }

    /** Returns a CA's registrations, one for each API key. */
    List<SshKey> findAuthority(byte[] blob) {
        return authorities.getOrDefault(PublicKey.fingerprint(blob), List.of()).stream()
                .filter(key -> key.publicKey().isSame(blob))
                .toList();
    }

    /** Returns the SSH keys of an API key, oldest first. */
    List<SshKey> ofApiKey(String keyId) {
        return byId.values().stream()
                .filter(key -> key.keyId().equals(keyId))
                .sorted(OLDEST_FIRST)
                .toList();
    }
}
