// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Keys in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public class MemoryKeyStore implements KeyStore {
    private final MemoryAuditStore audit;
    private final Consumer<String> onForgotten;
    private final Map<String, StoredKey> keys = new ConcurrentHashMap<>();

    public MemoryKeyStore() {
        this(new MemoryAuditStore());
    }

    public MemoryKeyStore(MemoryAuditStore audit) {
        this(audit, id -> {});
    }

    /** @param onForgotten told the ids of those that are forgotten */
    public MemoryKeyStore(MemoryAuditStore audit, Consumer<String> onForgotten) {
        this.audit = audit;
        this.onForgotten = onForgotten;
    }

    @Override
    public List<StoredKey> all() {
        return keys.values().stream()
                .sorted(Comparator.comparing((StoredKey stored) -> stored.key().createdAt())
                        .thenComparing(stored -> stored.key().id()))
                .toList();
    }

    @Override
    public CompletableFuture<Void> insert(StoredKey key) {
        return audit.change(() -> require(keys.putIfAbsent(key.key().id(), key) == null));
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey key) {
        return audit.change(() -> {
            require(keys.putIfAbsent(key.key().id(), key) == null);
            keys.remove(forgotten.id());
            onForgotten.accept(forgotten.id());
        });
    }

    @Override
    public CompletableFuture<Void> update(StoredKey key) {
        return audit.change(() -> require(keys.computeIfPresent(
                        key.key().id(),
                        (id, stored) -> new StoredKey(key.key(), key.secretHash(), key.old(), stored.lastUsedAt()))
                != null));
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return audit.change(() -> times.forEach((id, time) -> keys.computeIfPresent(
                id,
                (same, stored) ->
                        stored.lastUsedAt() != null && stored.lastUsedAt().isAfter(time)
                                ? stored
                                : new StoredKey(stored.key(), stored.secretHash(), stored.old(), time))));
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
