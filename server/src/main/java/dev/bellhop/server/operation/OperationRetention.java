// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.Writes;
import java.time.Instant;

/** Deletes finished operations on behalf of the retention policy. Thread safe. */
public record OperationRetention(OperationStore store) {
    /** Returns how many it deleted. */
    public int deleteFinishedBefore(Instant time) {
        return Writes.await(store.deleteFinishedBefore(time));
    }

    /** Deletes the finished operations of each account except its {@code newest} newest; returns how many. */
    public int deleteFinishedBeyond(int newest) {
        int total = 0;
        int some;
        do {
            some = Writes.await(store.deleteFinishedBeyond(newest));
            total += some;
        } while (some > 0);
        return total;
    }
}
