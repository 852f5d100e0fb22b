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
    /** The guest has reported a pid. */
    RUNNING,
    /** The command ended, and its result is stored. */
    EXITED,
    /** The command ran longer than its timeout and was ended. */
    TIMED_OUT,
    /** A caller cancelled the command, before or after its start. */
    CANCELLED,
    /** The command was never started, and never will be. */
    REJECTED,
    /** The command may have run, but its result can no longer be found. Bellhop never reruns a command to find out. */
    LOST;

    public boolean isFinal() {
        return this != PENDING && this != RUNNING;
    }

    public static Optional<ExecutionState> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
