// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores the requests of callers, within the quota of each account. */
public interface ExecutionIntake {
    sealed interface Insertion {
        /** The execution is stored, with revision 1. */
        record Inserted() implements Insertion {}

        /** Nothing was stored, because this execution is already stored under the idempotency key. */
        record Known(ExecutionId id, IdempotencyKey key) implements Insertion {}
    }

    /**
     * Stores a new execution. Its start options are stored while it is pending. Fails with {@code TOO_MUCH_STORED} if
     * the {@link #quota} has no room for it. If the database goes away during the commit, the future completes only
     * when the outcome is known, so callers limit their wait.
     *
     * @param asked the intent to ask the guest next; absent if that can take a while
     * @param key if this key is already stored, the execution is not
     */
    CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent asked, @Nullable IdempotencyKey key);

    /**
     * Returns the execution that was stored under an idempotency key, once it is durable; empty if none is stored or if
     * it was deleted.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}; {@code START_UNCONFIRMED} if such an execution may exist
     */
    Optional<Insertion.Known> known(String keyId, String name);

    /**
     * Stores a request to end an unfinished execution. If there are several requests, the shortest grace is kept.
     *
     * @param grace time between TERM and KILL; stored in whole seconds, rounded up
     */
    CompletableFuture<Void> cancel(ExecutionId id, Duration grace);

    /** Stores the approval of an execution that still waits for it. */
    CompletableFuture<Void> approve(ExecutionId id, Approval given);

    /**
     * Ends an execution if no server can have asked its guest to start it. Otherwise, or if the execution has ended or
     * was approved in the meantime, returns false and stores nothing.
     *
     * @param ended the execution to store, without a start
     */
    CompletableFuture<Boolean> endUnasked(Execution ended);

    /**
     * Same as {@link #endUnasked}, but also ends an execution that was inserted with an intent. Only the caller that
     * inserted it can know that no guest has received it.
     */
    CompletableFuture<Boolean> endUnheard(Execution ended);

    /** Returns the stored sizes by account and their limit. Each write updates it. */
    StorageQuota quota();

    /**
     * Deletes the oldest executions of a tenant that finished before a time, with their output. One call deletes only a
     * few, because other writes wait for it. The result is empty when none is left.
     */
    CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time);

    /** The deleted executions and their size. */
    record Deleted(Set<ExecutionId> executions, long bytes) {
        public Deleted {
            executions = Set.copyOf(executions);
        }
    }
}
