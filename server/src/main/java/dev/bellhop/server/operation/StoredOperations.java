// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** Stores operations before they begin. */
public final class StoredOperations {
    private StoredOperations() {}

    /**
     * Stores a new operation, and returns whether it was stored, like {@link OperationStore#insert}. If the outcome is
     * unknown after 7 seconds and the operation turns out to be stored, this ends it, unless another server has begun
     * it.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}: it is not stored; {@code START_UNCONFIRMED}: it may be
     */
    public static boolean insert(OperationStore store, Operation operation, InstantSource clock) {
        CompletableFuture<Boolean> inserted = store.insert(operation);
        try {
            return Writes.awaitOutcome(inserted);
        } catch (BellhopException e) {
            if (inserted.isCompletedExceptionally()) {
                throw e;
            }
            var _ = inserted.thenAccept(isNew -> {
                if (isNew) {
                    var _ = store.endUnbegun(
                            operation.failed(
                                    "Nothing was done because the database went away during the request",
                                    clock.instant()),
                            null);
                }
            });
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED,
                    "Cannot say whether this is done to VM " + operation.vm()
                            + " because the database does not answer in time; look at operation " + operation.id(),
                    e);
        }
    }
}
