// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.execution.ExecutionStore.Deleted;
import dev.bellhop.server.failure.Writes;
import java.time.Instant;

/** Deletes executions that have finished, with their output, for whoever decides how long they are kept. Thread safe. */
public final class ExecutionRetention {
    private final ExecutionParts parts;

    ExecutionRetention(ExecutionParts parts) {
        this.parts = parts;
    }

    /** Deletes what finished before a time, in small steps that let other writers through; says how many. */
    public int deleteFinishedBefore(Instant time) {
        int total = 0;
        Deleted deleted;
        do {
            deleted = Writes.await(parts.store().deleteFinishedBefore(time));
            total += deleted.executions();
        } while (deleted.executions() > 0 && !parts.isStopping());
        if (total > 0) {
            parts.executions().forgetEnded();
        }
        return total;
    }

    /**
     * Deletes the oldest of what has finished until no more than so many bytes of output are stored of it; in small steps,
     * as the other. Says how many executions.
     */
    public int deleteFinishedBeyond(long bytes) {
        int total = 0;
        long stored = parts.store().finishedBytes();
        while (stored > bytes && !parts.isStopping()) {
            Deleted deleted = Writes.await(parts.store().deleteFinishedBefore(Instant.ofEpochMilli(Long.MAX_VALUE)));
            if (deleted.executions() == 0) {
                break;
            }
            total += deleted.executions();
            stored -= deleted.bytes();
        }
        if (total > 0) {
            parts.executions().forgetEnded();
        }
        return total;
    }
}
