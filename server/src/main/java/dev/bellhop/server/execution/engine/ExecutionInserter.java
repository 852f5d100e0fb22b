// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stores new executions, before any guest hears of them. If {@link #insert} fails, the execution never runs: not even if
 * it is stored a moment later and the server is killed right after that. Thread safe.
 */
record ExecutionInserter(ExecutionIntake intake, ExecutionRuns runs, Clock clock) {
    /**
     * Returns when it is stored.
     *
     * @param asked that its guest is asked next; absent where that may take a while
     * @throws BellhopException {@code TOO_MUCH_STORED} or {@code STORE_UNAVAILABLE}: it is not run, or {@code START_UNCONFIRMED}: it may be, by another
     *     server, where this one is killed
     */
    Insertion insert(
            Execution pending,
            StartOptions options,
            @Nullable StartIntent asked,
            @Nullable IdempotencyKey key,
            Deadline deadline) {
        CompletableFuture<Insertion> inserted = intake.insert(pending, options, asked, key);
        try {
            return Writes.awaitOutcome(inserted, deadline.remaining());
        } catch (BellhopException e) {
            boolean failed = inserted.isCompletedExceptionally();
            // It may yet be stored, and then it is not to be started any more.
            var _ = inserted.thenAccept(insertion -> {
                if (insertion instanceof Insertion.Inserted) {
                    runs.storeEnd(
                            pending.endedUnstarted(ExecutionState.REJECTED, Reason.STORE_UNAVAILABLE, clock.instant()));
                }
            });
            throw failed || !isStartedByNextServer(options, asked) ? e : mayBeStored(pending, e);
        }
    }

    /** Whether a server that finds it in the store starts it, should this one end before it has stored that it is not to. */
    private static boolean isStartedByNextServer(StartOptions options, @Nullable StartIntent asked) {
        return asked == null && !options.callerWaits();
    }

    private static BellhopException mayBeStored(Execution pending, BellhopException cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command will be started in VM " + pending.vm()
                        + " because the database does not answer in time",
                cause);
    }
}
