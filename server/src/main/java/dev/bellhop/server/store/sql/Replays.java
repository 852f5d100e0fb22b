// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.store.SqlDatabase;
import java.util.Optional;

/** Executions and operations that a repeated request gets again by its idempotency key. */
final class Replays {
    private Replays() {}

    /**
     * Waits until the result is durable, because an answer is a promise.
     *
     * @throws BellhopException {@code START_UNCONFIRMED} if the database does not answer in time
     */
    static <T> Optional<T> durable(SqlDatabase database, Optional<T> earlier) {
        if (earlier.isPresent()) {
            try {
                Writes.awaitOutcome(database.awaitDurable());
            } catch (BellhopException e) {
                throw new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot say what became of an earlier request with this Idempotency-Key because the database does not"
                                + " answer in time; repeat it in a moment",
                        e);
            }
        }
        return earlier;
    }
}
