// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.recording.Recording;
import dev.bellhop.server.terminal.EndReason;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalInfo;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Creates the audit entries for the end of executions, operations and terminals. Stores add them in the transaction
 * that stores the end.
 */
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

    /** Returns the subject that names an operation in the trail. */
    public static String subject(Operation operation) {
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

    /**
     * Returns the entry for the end of a terminal.
     *
     * @param recording how its recording ended; absent if there is none
     * @param bytes the length of the recording
     */
    public static AuditEntry of(TerminalInfo info, TerminalEnd end, Recording.@Nullable End recording, long bytes) {
        Outcome outcome = end.reason() == EndReason.LOST ? Outcome.FAILED : Outcome.DONE;
        return new AuditEntry(end.at(), AuditRecord.TERMINAL_END, outcome)
                .by(info.keyId(), info.tenant())
                .in(info.vm())
                .about(subject(info.id(), recording, bytes))
                .state(end.reason().wireName());
    }

    /** Returns the entry for a terminal whose server ended first. Only the recording is left of such a terminal. */
    public static AuditEntry of(Recording recording) {
        Recording.End end = recording.end();
        return new AuditEntry(end == null ? recording.startedAt() : end.at(), AuditRecord.TERMINAL_END, Outcome.FAILED)
                .by(recording.keyId(), recording.tenant())
                .in(recording.vm())
                .about(subject(recording.id(), end, recording.bytes()))
                .state(EndReason.LOST.wireName());
    }

    /** Returns the subject that names a terminal in the trail. */
    public static String subject(TerminalId id) {
        return "terminal " + id;
    }

    private static String subject(TerminalId id, Recording.@Nullable End recording, long bytes) {
        return subject(id)
                + (recording == null
                        ? ""
                        : " recording " + bytes + " bytes sha256:" + recording.sha256()
                                + (recording.complete() ? "" : " incomplete"));
    }
}
