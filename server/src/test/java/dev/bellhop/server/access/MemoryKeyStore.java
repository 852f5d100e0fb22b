// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Keys in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemoryKeyStore implements KeyStore {
    /** By id; guarded by this. */
    private final Map<String, StoredKey> keys = new HashMap<>();

    @Override
    public synchronized List<StoredKey> all() {
        return keys.values().stream()
                .sorted(Comparator.comparing((StoredKey stored) -> stored.key().createdAt())
                        .thenComparing(stored -> stored.key().id()))
                .toList();
    }

    @Override
    public synchronized CompletableFuture<Void> insert(StoredKey key) {
        return done(keys.putIfAbsent(key.key().id(), key) == null);
    }

    @Override
    public synchronized CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey key) {
        if (keys.containsKey(key.key().id())) {
            return done(false);
        }
        keys.remove(forgotten.id());
        return insert(key);
    }

    @Override
    public synchronized CompletableFuture<Void> update(StoredKey key) {
        return done(keys.computeIfPresent(
                        key.key().id(),
                        (id, stored) -> new StoredKey(key.key(), key.secretHash(), key.old(), stored.lastUsedAt()))
                != null);
    }

    @Override
    public synchronized CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        times.forEach((id, time) -> keys.computeIfPresent(
                id, (same, stored) -> new StoredKey(stored.key(), stored.secretHash(), stored.old(), time)));
        return done(true);
    }

    private static CompletableFuture<Void> done(boolean worked) {
        return worked
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(
                        new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because of its id"));
    }
}
