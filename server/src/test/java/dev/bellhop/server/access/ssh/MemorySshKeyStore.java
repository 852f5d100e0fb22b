// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** SSH keys in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemorySshKeyStore implements SshKeyStore {
    private final MemoryAuditStore audit;
    private final Map<String, Stored> keys = new ConcurrentHashMap<>();

    public MemorySshKeyStore(MemoryAuditStore audit) {
        this.audit = audit;
    }

    @Override
    public List<Stored> all() {
        return keys.values().stream()
                .sorted(Comparator.comparing((Stored stored) -> stored.key().addedAt())
                        .thenComparing(stored -> stored.key().id()))
                .toList();
    }

    @Override
    public CompletableFuture<Void> insert(SshKey key) {
        return audit.change(() -> {
            require(isFree(key, Set.of()));
            keys.put(key.id(), new Stored(key, null));
        });
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(List<SshKey> deleted, SshKey key) {
        return audit.change(() -> {
            Set<String> ids = deleted.stream().map(SshKey::id).collect(Collectors.toSet());
            require(isFree(key, ids));
            keys.keySet().removeAll(ids);
            keys.put(key.id(), new Stored(key, null));
        });
    }

    /** An API key is gone. */
    public void forget(String keyId) {
        keys.values().removeIf(stored -> stored.key().keyId().equals(keyId));
    }

    private boolean isFree(SshKey wanted, Set<String> exceptIds) {
        return keys.values().stream()
                .map(Stored::key)
                .filter(key -> !exceptIds.contains(key.id()))
                .noneMatch(key -> key.id().equals(wanted.id()) || areOneTooMany(key, wanted));
    }

    private static boolean areOneTooMany(SshKey one, SshKey other) {
        return one.fingerprint().equals(other.fingerprint())
                && one.isAuthority() == other.isAuthority()
                && (!one.isAuthority() || one.keyId().equals(other.keyId()));
    }

    @Override
    public CompletableFuture<Void> update(SshKey key) {
        return audit.change(() ->
                require(keys.computeIfPresent(key.id(), (id, stored) -> new Stored(key, stored.lastUsedAt())) != null));
    }

    @Override
    public CompletableFuture<Void> delete(SshKey key) {
        return audit.change(() -> keys.remove(key.id()));
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return audit.change(() -> times.forEach((id, time) -> keys.computeIfPresent(
                id,
                (same, stored) ->
                        stored.lastUsedAt() != null && stored.lastUsedAt().isAfter(time)
                                ? stored
                                : new Stored(stored.key(), time))));
    }

    @Override
    public Map<String, Instant> lastUsed() {
        Map<String, Instant> times = new HashMap<>();
        keys.forEach((id, stored) -> {
            if (stored.lastUsedAt() != null) {
                times.put(id, stored.lastUsedAt());
            }
        });
        return times;
    }
}
