// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.BellhopException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to start one execution. It can be megabytes, so only one that starts at once has it in memory; for one that
 * waits, for its turn or for its agent, it is read from the store when it is needed. Used by one thread.
 */
final class DeliverySource {
    private final ExecutionId id;
    private final ExecutionStore store;
    private final Duration patience;
    private final boolean callerWaits;
    private final @Nullable Delivery atHand;

    /** @param startsAtOnce whether it waits for neither its turn nor an agent that it may wait for */
    DeliverySource(ExecutionId id, Delivery delivery, boolean startsAtOnce, ExecutionStore store) {
        this.id = id;
        this.store = store;
        this.patience = delivery.patience();
        this.callerWaits = delivery.callerWaits();
        this.atHand = startsAtOnce ? delivery : null;
    }

    /** How long to wait for an agent that is not there. */
    Duration patience() {
        return patience;
    }

    /** Whether its caller wants no start that comes later than the answer. */
    boolean callerWaits() {
        return callerWaits;
    }

    /** Whether it is in memory already. */
    boolean isAtHand() {
        return atHand != null;
    }

    /**
     * What it takes; to be let go of soon.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    Delivery get() {
        if (atHand != null) {
            return atHand;
        }
        return store.delivery(id)
                .orElseThrow(() -> new IllegalStateException("a pending execution has what it takes to start it"));
    }
}
