// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.failure.OutdatedException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stores SSH keys. Keys that log in directly have unique fingerprints; CAs have a unique pair of fingerprint and API
 * key. Writes are durable when their future completes. They fail with an {@link OutdatedException} if another server
 * has changed the data since {@link #all} read it, or the API keys since they were read. Thread safe.
 */
public interface SshKeyStore {
    /** Returns all SSH keys, including those whose API keys have ended; oldest first. */
    List<Stored> all();

    /** Stores an SSH key. Fails if its id exists or another registration excludes it. */
    CompletableFuture<Void> insert(SshKey key);

    /** Like {@link #insert}, and deletes other SSH keys, if they exist, in one transaction. */
    CompletableFuture<Void> insertInPlaceOf(List<SshKey> deleted, SshKey key);

    /** Stores the present state of an SSH key except its last use. Fails if the key does not exist. */
    CompletableFuture<Void> update(SshKey key);

    CompletableFuture<Void> delete(SshKey key);

    /** Stores the last uses of SSH keys, by id, if they are later than the stored ones. */
    CompletableFuture<Void> updateLastUsed(Map<String, Instant> times);

    /** Returns the stored last uses of SSH keys, by id, from all servers. */
    Map<String, Instant> lastUsed();

    /**
     * An SSH key with its last use, which changes often.
     *
     * @param lastUsedAt the stored last use; absent if there is none
     */
    record Stored(SshKey key, @Nullable Instant lastUsedAt) {}
}
