// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where executions and their output are kept.
 *
 * <p>Writes are durable once their future has completed, take effect in the order they were asked for, and fail as a
 * whole or not at all. Of a long command, executions that are read have the {@link CommandLine.Truncated beginning}. Reads see
 * every write that has completed. A failure is a {@code BellhopException} with code
 * {@code STORE_UNAVAILABLE}, of the future or of the read. Thread safe.
 */
public interface ExecutionStore {
    /** What became of an insert. */
    sealed interface Insertion {
        /** The execution is stored. */
        record Inserted() implements Insertion {}

        /** Nothing was stored, because this execution was stored under the idempotency key before. */
        record Known(ExecutionId id, IdempotencyKey key) implements Insertion {}
    }

    /**
     * Stores a new execution, and what it takes to start it until it is no longer pending. Fails with {@code TOO_MUCH_STORED}
     * where the {@link #quota} has no room for it.
     *
     * @param asked that its guest is asked next; absent where that may take a while
     * @param key where it has one that is in the store already, nothing is stored
     */
    CompletableFuture<Insertion> insert(
            Execution execution, StartOptions delivery, @Nullable StartIntent asked, @Nullable IdempotencyKey key);

    /** Stores that a guest is asked next to start an execution, in place of what was stored of that before. */
    CompletableFuture<Void> ask(ExecutionId id, StartIntent asked);

    /**
     * Stores that somebody wants an execution to end, if it has not. Of several wishes the one with the shortest grace is kept.
     *
     * @param grace how long it has after TERM before KILL; as it is stored, in whole seconds, rounded up
     */
    CompletableFuture<Void> cancel(ExecutionId id, Duration grace);

    /** Stores that an execution is approved, if it still waits for that. */
    CompletableFuture<Void> approve(ExecutionId id, Approval given);

    /** Stores what is open in a guest to read an execution's output, in place of what was stored of that before. */
    CompletableFuture<Void> opened(ExecutionId id, OpenFiles files);

    /** The execution that was stored under an idempotency key; empty where there is none, or none any more. */
    Optional<Insertion.Known> known(String keyId, String name);

    /** Replaces what is stored of an execution by this, and adds chunks to its output. */
    CompletableFuture<Void> update(Execution execution, List<OutputChunk> chunks);

    Optional<Execution> find(ExecutionId id);

    /**
     * As the other, if one of these tenants started it.
     */
    Optional<Execution> find(ExecutionId id, TenantFilter tenants);

    /** All of an execution's command, which may be long. */
    Optional<CommandLine> command(ExecutionId id);

    /** What it takes to start an execution; empty where it is not pending any more. */
    Optional<StartOptions> delivery(ExecutionId id);

    /** How many bytes {@link #command} and {@link #delivery} have to read beside the execution itself; 0 for most. */
    long longBytes(ExecutionId id);

    /** The greatest id there is; empty where nothing is stored. */
    Optional<ExecutionId> newestId();

    /**
     * Of the executions in a VM that the guest called by this pid, the newest.
     *
     * @param tenants who may have started it
     */
    Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants);

    /**
     * The newest executions in a VM that have a pid, newest first.
     *
     * @param tenants who may have started them
     */
    List<Execution> recent(VmId vm, TenantFilter tenants, int limit);

    /**
     * Executions that fit a filter, newest first. It looks at so many that this takes moments only, and so may find fewer than
     * there are, even none, and yet say where to go on.
     *
     * @param before only ids smaller than this one; absent to begin with the newest
     */
    Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit);

    /**
     * A part of a list.
     *
     * @param next before which the list goes on; absent where there is no more
     */
    record Page(List<Execution> executions, @Nullable ExecutionId next) {
        public Page {
            executions = List.copyOf(executions);
        }
    }

    /**
     * Executions in a VM that are pending or running, newest first.
     *
     * @param limit how many at most
     */
    List<ExecutionId> unfinished(VmId vm, int limit);

    /** All executions that are pending or running, oldest first. */
    List<Unfinished> unfinished();

    /**
     * An execution that has not ended, with what a server has to know that takes it up.
     *
     * @param terms of its {@link StartOptions}; those of a plain one where it is not pending
     * @param asked absent where no guest has heard of it
     * @param cancelGrace absent where nobody has cancelled it
     * @param files what is open in its guest, if the server that opened it was killed
     */
    record Unfinished(
            Execution execution,
            StartOptions terms,
            @Nullable StartIntent asked,
            @Nullable Duration cancelGrace,
            OpenFiles files) {}

    /**
     * Stored bytes of one stream from an offset on: {@code limit} of them, or fewer only where the stored stream ends.
     */
    byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit);

    /** How much output is stored of an execution, whatever its own fields say; never called truncated. */
    OutputSize outputSize(ExecutionId id);

    /** What is stored, by account, and how much may be: each write counts there. */
    StorageQuota quota();

    /**
     * Deletes executions of a tenant that finished before a time, output included: some of them, the oldest, few enough that
     * other writes wait for moments only. None where none is left.
     *
     */
    CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time);

    /** What was deleted, and what it took up. */
    record Deleted(Set<ExecutionId> executions, long bytes) {
        public Deleted {
            executions = Set.copyOf(executions);
        }
    }
}
