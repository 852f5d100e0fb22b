// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores operations. Writes are durable once their future has completed. Thread safe. */
public interface OperationStore {
    /**
     * Stores a new operation. Completes with false, and stores nothing, if its key has already used its idempotency
     * name. If the database goes away during the commit, it completes only when the outcome is known; callers wait with
     * a limit.
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

    /** Stores an additional name for an operation, from another request that got this operation. */
    CompletableFuture<Void> name(OperationId id, String keyId, String idempotencyName);

    /**
     * Returns the operation that was stored under an idempotency name of this key, or was returned for it, once it is
     * durable.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}; {@code START_UNCONFIRMED} if there may be one
     */
    Optional<Operation> named(String keyId, String idempotencyName);

    /**
     * Lists operations that match a filter, newest first. It reads only a limited number, to stay fast, so a page can
     * have fewer than the limit, even none, and still name a next page.
     *
     * @param before only operations older than this; absent to begin with the newest
     */
    OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit);

    /** Returns the unfinished operations, oldest first. */
    List<Operation> unfinished();

    /** Deletes operations that ended before a time; returns how many. */
    CompletableFuture<Integer> deleteFinishedBefore(Instant time);

    /** Deletes the finished operations of each account except its {@code newest} newest; returns how many. */
    CompletableFuture<Integer> deleteFinishedBeyond(int newest);
}
