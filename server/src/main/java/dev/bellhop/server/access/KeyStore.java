// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.OutdatedException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stores keys. Writes are durable when their future completes. They fail with an {@link OutdatedException} if another
 * server has changed the data since {@link #all} read it. Thread safe.
 */
public interface KeyStore {
    /** Returns all keys, including revoked and expired ones, oldest first. */
    List<StoredKey> all();

    CompletableFuture<Void> insert(StoredKey key);

    /** Like {@link #insert}, and deletes another key, if it exists, together with its SSH keys, in one transaction. */
    CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey key);

    /** Stores the present state of a key except its last use. Fails if the key does not exist. */
    CompletableFuture<Void> update(StoredKey key);

    /** Stores the last uses of keys, by key id, if they are later than the stored ones. */
    CompletableFuture<Void> updateLastUsed(Map<String, Instant> times);

    /** Returns the stored last uses of keys, by key id, from all servers. */
    Map<String, Instant> lastUsed();

    /**
     * Ensures that data read earlier is still current.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE} if other servers may have changed it and this server cannot
     *     know
     */
    default void requireCurrent() {}

    /**
     * A key with the hashes of its secrets.
     *
     * @param secretHash SHA-256 of the secret's text
     * @param old the previous secret; absent if it is no longer valid
     * @param lastUsedAt the stored last use; absent if there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // Read by the one comparison that authenticates; never changed.
    record StoredKey(
            Key key,
            byte[] secretHash,
            @Nullable OldSecret old,
            @Nullable Instant lastUsedAt) {
        /**
         * Returns the key with the number of the secret that has this hash; empty if the hash is not of a secret valid
         * at this time.
         */
        Optional<Key> provedBy(byte[] hash, Instant now) {
            if (MessageDigest.isEqual(secretHash, hash)) {
                return Optional.of(key);
            }
            return old != null && old.isValidAt(now) && MessageDigest.isEqual(old.hash, hash)
                    ? Optional.of(key.withSecret(key.secretNumber() - 1))
                    : Optional.empty();
        }

        /** Returns whether the secret with this number is valid at a time. {@link Key#NO_SECRET} always is. */
        boolean takes(int secretNumber, Instant now) {
            return secretNumber == Key.NO_SECRET
                    || secretNumber == key.secretNumber()
                    || (secretNumber == key.secretNumber() - 1 && old != null && old.isValidAt(now));
        }

        @Override
        public String toString() {
            return "StoredKey[" + key.id() + "]";
        }
    }

    /** A replaced secret that stays valid until the given time. */
    @SuppressWarnings("ArrayRecordComponent") // As in the key.
    record OldSecret(byte[] hash, Instant until) {
        boolean isValidAt(Instant time) {
            return time.isBefore(until);
        }

        @Override
        public String toString() {
            return "OldSecret[until " + until + "]";
        }
    }
}
