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

/** What callers have stored of executions, and how much may be. */
public interface ExecutionIntake {
    sealed interface Insertion {
        /** The execution is stored, with revision 1. */
        record Inserted() implements Insertion {}

        /** Nothing was stored, because this execution was stored under the idempotency key before. */
        record Known(ExecutionId id, IdempotencyKey key) implements Insertion {}
    }

    /**
     * Stores a new execution, and what it takes to start it until it is no longer pending. Fails with {@code TOO_MUCH_STORED}
     * where the {@link #quota} has no room for it. If the database goes away during the commit, it completes only when the outcome is
     * known; callers wait with a limit.
     *
     * @param asked that its guest is asked next; absent where that may take a while
     * @param key where it has one that is in the store already, nothing is stored
     */
    CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent asked, @Nullable IdempotencyKey key);

    /**
     * The execution that was stored under an idempotency key, once it is durable; empty where there is none, or none any more.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}; {@code START_UNCONFIRMED} if there may be one
     */
    Optional<Insertion.Known> known(String keyId, String name);

    /**
     * Stores that somebody wants an execution to end, if it has not. Of several wishes the one with the shortest grace is kept.
     *
     * @param grace how long it has after TERM before KILL; as it is stored, in whole seconds, rounded up
     */
    CompletableFuture<Void> cancel(ExecutionId id, Duration grace);

    /** Stores that an execution is approved, if it still waits for that. */
    CompletableFuture<Void> approve(ExecutionId id, Approval given);

    /**
     * Ends an execution that no guest has been asked to start. Nothing is stored, and it is false, where one may have been asked, or
     * where it has ended or was approved meanwhile.
     *
     * @param ended how it is to be stored, without a start
     */
    CompletableFuture<Boolean> endUnasked(Execution ended);

    /**
     * As {@link #endUnasked}, also of one that was inserted with an intent: whoever inserted it knows that nobody has heard of it.
     */
    CompletableFuture<Boolean> endUnheard(Execution ended);

    /** What is stored, by account, and how much may be: each write counts there. */
    StorageQuota quota();

    /**
     * Deletes executions of a tenant that finished before a time, output included: some of them, the oldest, few enough that
     * other writes wait for moments only. None where none is left.
     */
    CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time);

    /** What was deleted, and what it took up. */
    record Deleted(Set<ExecutionId> executions, long bytes) {
        public Deleted {
            executions = Set.copyOf(executions);
        }
    }
}
