// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Keys in memory, for tests of what does not depend on a database. */
public final class MemoryKeyStore implements KeyStore {
    private final List<StoredKey> keys = new CopyOnWriteArrayList<>();

    @Override
    public List<StoredKey> all() {
        return List.copyOf(keys);
    }

    @Override
    public CompletableFuture<Void> insert(StoredKey key) {
        keys.add(key);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey key) {
        keys.removeIf(stored -> stored.key().id().equals(forgotten.id()));
        return insert(key);
    }

    private CompletableFuture<Void> change(String id, UnaryOperator<StoredKey> change) {
        keys.replaceAll(stored -> stored.key().id().equals(id) ? change.apply(stored) : stored);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> update(StoredKey key) {
        return change(
                key.key().id(), stored -> new StoredKey(key.key(), key.secretHash(), key.old(), stored.lastUsedAt()));
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        for (Map.Entry<String, Instant> time : times.entrySet()) {
            change(
                            time.getKey(),
                            stored -> new StoredKey(stored.key(), stored.secretHash(), stored.old(), time.getValue()))
                    .join();
        }
        return CompletableFuture.completedFuture(null);
    }
}
