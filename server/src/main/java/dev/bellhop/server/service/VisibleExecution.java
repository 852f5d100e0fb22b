// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;

/** An execution that a caller sees, as {@link ExecutionAccess} has found. */
public final class VisibleExecution {
    private final Permit permit;
    private final ExecutionSnapshot snapshot;

    VisibleExecution(Permit permit, ExecutionSnapshot snapshot) {
        this.permit = permit;
        this.snapshot = snapshot;
    }

    /** As it was when it was found. */
    public Execution execution() {
        return snapshot.execution();
    }

    ExecutionSnapshot snapshot() {
        return snapshot;
    }

    /** As {@link Permit#callerOf}. */
    Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    Permit permit() {
        return permit;
    }
}
