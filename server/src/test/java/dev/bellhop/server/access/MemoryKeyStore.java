// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

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
    public CompletableFuture<Void> updateRevoked(Key key) {
        keys.replaceAll(
                stored -> stored.key().id().equals(key.id()) ? new StoredKey(key, stored.secretHash()) : stored);
        return CompletableFuture.completedFuture(null);
    }
}
