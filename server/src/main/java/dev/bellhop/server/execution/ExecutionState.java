// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;

/**
 * Where an execution stands.
 *
 * <pre>
 * pending → running → exited | timed_out | cancelled | lost | rejected
 * pending → rejected | cancelled | lost
 * </pre>
 */
public enum ExecutionState implements WireName {
    /** Stored, not yet known to have been started. */
    PENDING,
    /** The guest has given a pid. */
    RUNNING,
    /** It ended, and how it ended is stored. */
    EXITED,
    /** It was ended because it ran longer than its timeout. */
    TIMED_OUT,
    /** It was ended, or not started, because somebody asked for that. */
    CANCELLED,
    /** It was never started, and never will be. */
    REJECTED,
    /** It may have run, but how it ended cannot be learned any more. Nothing is run again to find out. */
    LOST;

    public boolean isFinal() {
        return this != PENDING && this != RUNNING;
    }

    public static Optional<ExecutionState> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
