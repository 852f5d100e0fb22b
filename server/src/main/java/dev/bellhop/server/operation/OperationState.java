// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.WireName;

/** How far an operation is. */
public enum OperationState implements WireName {
    /** Stored, and nothing has been done yet. */
    WAITING,
    RUNNING,
    COMPLETED,
    FAILED;

    public boolean isFinal() {
        return this == COMPLETED || this == FAILED;
    }
}
