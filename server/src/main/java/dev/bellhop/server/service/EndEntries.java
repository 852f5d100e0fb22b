// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationState;
import java.time.Instant;

/** The audit entries for the end of what was asked for. Stores add them in the transaction that stores the end. */
public final class EndEntries {
    private EndEntries() {}

    public static AuditEntry of(Execution execution) {
        boolean known = execution.state() != ExecutionState.LOST && execution.state() != ExecutionState.REJECTED;
        Instant at = execution.finishedAt() == null ? execution.createdAt() : execution.finishedAt();
        return new AuditEntry(at, AuditRecord.EXECUTION_END, known ? Outcome.DONE : Outcome.FAILED)
                .by(execution.spec().keyId(), execution.spec().tenant())
                .in(execution.vm())
                .execution(execution.id().toString())
                .state(execution.state().wireName())
                .because(execution.reason() == null ? null : execution.reason().wireName());
    }

    static String subject(Operation operation) {
        return operation.request().action().wireName() + " " + operation.id();
    }

    public static AuditEntry of(Operation operation) {
        Instant at = operation.finishedAt() == null ? operation.createdAt() : operation.finishedAt();
        Outcome outcome = operation.state() == OperationState.COMPLETED ? Outcome.DONE : Outcome.FAILED;
        return new AuditEntry(at, AuditRecord.OPERATION_END, outcome)
                .by(operation.request().keyId(), operation.request().tenant())
                .in(operation.vm())
                .about(subject(operation))
                .state(operation.state().wireName());
    }
}
