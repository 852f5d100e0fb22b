// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Where operations are kept. Writes are durable once their future has completed. Thread safe. */
public interface OperationStore {
    /**
     * Stores a new one. Completes with false, and stores nothing, where its key has used its idempotency name before. If the database
     * goes away during the commit, it completes only when the outcome is known; callers wait with a limit.
     */
    CompletableFuture<Boolean> insert(Operation operation);

    /**
     * Ends an operation that no server has begun. It is neither deleted nor are its names freed, because another server may have
     * returned it. Completes with false and stores nothing if the operation has ended or has a step.
     *
     * @param failed how it is to be stored
     * @param successor operation that gets its names; absent if it keeps them
     */
    CompletableFuture<Boolean> endUnbegun(Operation failed, @Nullable OperationId successor);

    CompletableFuture<Void> update(Operation operation);

    Optional<Operation> find(OperationId id);

    /** Stores one more name for one, that of another request that got it. */
    CompletableFuture<Void> name(OperationId id, String keyId, String idempotencyName);

    /**
     * The operation that was stored under an idempotency name of this key, or was returned for it; once it is durable.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}; {@code START_UNCONFIRMED} if there may be one
     */
    Optional<Operation> named(String keyId, String idempotencyName);

    /**
     * Operations that fit a filter, newest first. It looks at so many that this takes moments only, and so may find fewer than there are,
     * even none, and yet say where to go on.
     *
     * @param before only older ones than this; absent to begin with the newest
     */
    OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit);

    /** Those that have not ended, oldest first. */
    List<Operation> unfinished();

    /** Deletes those that ended before a time; says how many. */
    CompletableFuture<Integer> deleteFinishedBefore(Instant time);

    /** Deletes those of each account that ended before its newest so many. Says how many. */
    CompletableFuture<Integer> deleteFinishedBeyond(int newest);
}
