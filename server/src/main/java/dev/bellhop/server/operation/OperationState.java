// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.WireName;

/** The state of an operation. */
public enum OperationState implements WireName {
    /** Stored, and not begun. */
    WAITING,
    RUNNING,
    COMPLETED,
    FAILED;

    public boolean isFinal() {
        return this == COMPLETED || this == FAILED;
    }
}
