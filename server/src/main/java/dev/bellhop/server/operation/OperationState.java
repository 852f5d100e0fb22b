// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.util.Locale;

/** How far a job is. */
public enum OperationState {
    /** Stored, and nothing has been done yet. */
    WAITING,
    RUNNING,
    COMPLETED,
    FAILED;

    /** Whether it has ended. */
    public boolean isFinal() {
        return this == COMPLETED || this == FAILED;
    }

    /** The name as clients see it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
