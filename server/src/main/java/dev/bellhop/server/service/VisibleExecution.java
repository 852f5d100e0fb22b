// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;

/** An execution that a caller sees, found by {@link ExecutionAccess}. */
public final class VisibleExecution {
    private final Permit permit;
    private final ExecutionSnapshot snapshot;

    VisibleExecution(Permit permit, ExecutionSnapshot snapshot) {
        this.permit = permit;
        this.snapshot = snapshot;
    }

    /** Returns the execution in its state when it was found. */
    public Execution execution() {
        return snapshot.execution();
    }

    ExecutionSnapshot snapshot() {
        return snapshot;
    }

    /** Same as {@link Permit#callerOf}. */
    Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    Permit permit() {
        return permit;
    }
}
