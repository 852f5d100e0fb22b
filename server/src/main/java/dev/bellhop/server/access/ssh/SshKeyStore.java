// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.failure.OutdatedException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where SSH keys are kept. No two that log in themselves have the same fingerprint, and no two of CAs the same fingerprint and API key. Writes are durable once their future has completed; they fail with an
 * {@link OutdatedException} if another server has changed what {@link #all} has read, or what was read of API keys. Thread safe.
 */
public interface SshKeyStore {
    /** Also those whose API keys have ended; oldest first. */
    List<Stored> all();

    /** Fails where there is one with its id, or another that may not be beside it. */
    CompletableFuture<Void> insert(SshKey key);

    /** As {@link #insert}, and deletes others, if they are there; all or nothing. */
    CompletableFuture<Void> insertInPlaceOf(List<SshKey> deleted, SshKey key);

    /** Stores one as it is now, but for when it was used last. Fails where it is not there. */
    CompletableFuture<Void> update(SshKey key);

    CompletableFuture<Void> delete(SshKey key);

    /** Stores when keys, by their ids, were used last, where that is later than what is stored. */
    CompletableFuture<Void> updateLastUsed(Map<String, Instant> times);

    /** When keys, by their ids, were used last, as far as that is stored, by whatever server. */
    Map<String, Instant> lastUsed();

    /**
     * One with what changes often.
     *
     * @param lastUsedAt as far as that is stored; absent where it was not
     */
    record Stored(SshKey key, @Nullable Instant lastUsedAt) {}
}
