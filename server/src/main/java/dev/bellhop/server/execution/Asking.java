// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Has it stored that a guest is asked to start an execution, before the guest is: each time anew, unless that came with the
 * execution itself. Used by one thread.
 */
final class Asking {
    private final ExecutionId id;
    private final ExecutionParts parts;
    private @Nullable Asked stored;
    /** Whether what is stored holds for the next time that the guest is asked. */
    private boolean holds;

    /** @param stored what the store has already; absent where no guest has heard of it */
    Asking(ExecutionId id, @Nullable Asked stored, ExecutionParts parts) {
        this.id = id;
        this.stored = stored;
        this.holds = stored != null;
        this.parts = parts;
    }

    /** Whether it is stored that the guest is asked next to start it in this way. */
    boolean isStored(ExecutionMode mode) {
        return holds && stored != null && stored.mode() == mode;
    }

    /**
     * Returns when it is stored.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}: the guest is not to be asked
     */
    void store(ExecutionMode mode, Deadline deadline) {
        Asked asked = parts.starter().asked(id, mode, parts.now());
        Writes.await(parts.store().ask(id, asked), deadline.remaining());
        stored = asked;
        holds = true;
    }

    /** The guest has certainly not heard of it. */
    void notHeard() {
        holds = false;
    }

    /** How long ago it may have been started at the earliest, by a guest that was asked. */
    Duration ago() {
        return Duration.between(Objects.requireNonNull(stored).at(), parts.now());
    }
}
