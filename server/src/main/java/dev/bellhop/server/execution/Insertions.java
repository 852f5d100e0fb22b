// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionStore.Insertion;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stores new executions, before any guest hears of them. Whoever is told that one could not be stored may count on it that
 * it does not run, though it be stored a moment later and the server be killed right after that. Thread safe.
 */
final class Insertions {
    private final ExecutionParts parts;
    private final ExecutionRuns runs;

    Insertions(ExecutionParts parts, ExecutionRuns runs) {
        this.parts = parts;
        this.runs = runs;
    }

    /**
     * Returns when it is stored.
     *
     * @param asked that its guest is asked next; absent where that may take a while
     * @throws BellhopException {@code TOO_MUCH_STORED} or {@code STORE_UNAVAILABLE}: it is not run, or {@code START_UNCONFIRMED}: it may be, by another
     *     server, where this one is killed
     */
    Insertion insert(
            Execution pending,
            Delivery delivery,
            @Nullable Asked asked,
            @Nullable IdempotencyKey key,
            Deadline deadline) {
        CompletableFuture<Insertion> inserted = parts.store().insert(pending, delivery, asked, key);
        try {
            return Writes.await(inserted, deadline.remaining());
        } catch (BellhopException e) {
            boolean failed = inserted.isCompletedExceptionally();
            // It may yet be stored, and then it is not to be started any more.
            var _ = inserted.thenAccept(insertion -> {
                if (insertion instanceof Insertion.Inserted) {
                    runs.storeEnd(
                            pending.endedUnstarted(ExecutionState.REJECTED, Reason.STORE_UNAVAILABLE, parts.now()));
                }
            });
            throw failed || !isStartedByNextServer(delivery, asked) ? e : mayBeStored(pending, e);
        }
    }

    /** Whether a server that finds it in the store starts it, should this one end before it has stored that it is not to. */
    private static boolean isStartedByNextServer(Delivery delivery, @Nullable Asked asked) {
        return asked == null && !delivery.callerWaits();
    }

    private static BellhopException mayBeStored(Execution pending, BellhopException cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command will be started in VM " + pending.vm()
                        + " because the database does not answer in time",
                cause);
    }
}
