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
 * Where keys are kept. Writes are durable once their future has completed; they fail with an {@link OutdatedException} if another
 * server has changed what {@link #all} has read. Thread safe.
 */
public interface KeyStore {
    /** All keys, revoked and expired ones included, oldest first. */
    List<StoredKey> all();

    CompletableFuture<Void> insert(StoredKey key);

    /** As {@link #insert}, and forgets another key, if it is there, with the SSH keys that stand for it; all or nothing. */
    CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey key);

    /** Stores a key as it is now, but for when it was used last. Fails where it is not there. */
    CompletableFuture<Void> update(StoredKey key);

    /** Stores when keys, by their ids, were used last, where that is later than what is stored. */
    CompletableFuture<Void> updateLastUsed(Map<String, Instant> times);

    /** When keys, by their ids, were used last, as far as that is stored, by whatever server. */
    Map<String, Instant> lastUsed();

    /**
     * Makes sure that what was read a while ago can be relied on.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE} where other servers may have changed it and this one cannot tell
     */
    default void requireCurrent() {}

    /**
     * A key with what proves it.
     *
     * @param secretHash SHA-256 of the secret's text
     * @param old the secret before that one; absent where it is not valid any more
     * @param lastUsedAt when it was used last, as far as that is stored; absent where it was not
     */
    @SuppressWarnings("ArrayRecordComponent") // Read by the one comparison that authenticates; never changed.
    record StoredKey(
            Key key,
            byte[] secretHash,
            @Nullable OldSecret old,
            @Nullable Instant lastUsedAt) {
        /** The key, with the number of the secret that this is the hash of; empty where it is of none that is valid then. */
        Optional<Key> provedBy(byte[] hash, Instant now) {
            if (MessageDigest.isEqual(secretHash, hash)) {
                return Optional.of(key);
            }
            return old != null && old.isValidAt(now) && MessageDigest.isEqual(old.hash, hash)
                    ? Optional.of(key.withSecret(key.secretNumber() - 1))
                    : Optional.empty();
        }

        /** Whether the secret with this number is valid at a time; no secret always is. */
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

    /** A secret that another one has followed, and that is valid until then. */
    @SuppressWarnings("ArrayRecordComponent") // As that of the key.
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
