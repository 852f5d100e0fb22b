// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Where an execution stands.
 *
 * <pre>
 * pending → running → exited | timed_out | cancelled | lost | rejected
 * pending → rejected | cancelled | lost
 * </pre>
 */
public enum ExecutionState {
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

    /** The name as clients and the store see it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<ExecutionState> parse(String wireName) {
        return Arrays.stream(values())
                .filter(state -> state.wireName().equals(wireName))
                .findFirst();
    }
}
