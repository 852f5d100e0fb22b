// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where keys are kept. Writes are durable once their future has completed. Thread safe. */
public interface KeyStore {
    /** All keys, revoked and expired ones included, oldest first. */
    List<StoredKey> all();

    CompletableFuture<Void> insert(StoredKey key);

    /** Stores when a key was revoked. */
    CompletableFuture<Void> updateRevoked(Key key);

    /**
     * A key with what proves it.
     *
     * @param secretHash SHA-256 of the secret's text
     */
    @SuppressWarnings("ArrayRecordComponent") // Read by the one comparison that authenticates; never changed.
    record StoredKey(Key key, byte[] secretHash) {
        @Override
        public String toString() {
            return "StoredKey[" + key.id() + "]";
        }
    }
}
