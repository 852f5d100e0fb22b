// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.Writes;
import java.time.Instant;

/** Deletes operations that have ended, for whoever decides how long they are kept. Thread safe. */
public record OperationRetention(OperationStore store) {
    /** Says how many. */
    public int deleteFinishedBefore(Instant time) {
        return Writes.await(store.deleteFinishedBefore(time));
    }

    /** Deletes those of each account that ended before its newest so many; says how many. */
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
