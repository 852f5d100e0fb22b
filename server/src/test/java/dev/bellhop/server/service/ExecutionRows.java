// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Use cases of executions. */
final class ExecutionRows {
    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final ExecutionReads.Wanted NEWEST =
            new ExecutionReads.Wanted(Set.of(), Map.of(), null, null, null, null, null, 10);

    private final UseCaseScene scene;
    private final AgentExec exec;
    private final ExecutionStarts starts;
    private final ExecutionReads reads;
    private final ExecutionControl control;

    ExecutionRows(UseCaseScene scene) {
        this.scene = scene;
        exec = scene.useCases.exec();
        starts = scene.useCases.starts();
        reads = scene.useCases.reads();
        control = scene.useCases.control();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.EXECUTION_START, "+f+f+nn+", p -> exec.start(scene.vm(p), "x", () -> null)),
                new Row(UseCase.EXECUTION_START, "+f+f+nn+", this::start),
                new Row(UseCase.EXECUTION_CHECK, "+f+f+nn+", p -> starts.check(scene.vm(p), command(), null)),
                new Row(
                        UseCase.EXECUTION_FIND,
                        "+++++nnn",
                        p -> reads.find(scene.execution(p), Duration.ZERO, false, false, bytes -> {})),
                new Row(UseCase.EXECUTION_LIST, "++++++++", p -> reads.list(p, null, NEWEST)),
                new Row(UseCase.EXECUTION_LIST, "+++++nn+", p -> reads.list(scene.vm(p), NEWEST)),
                new Row(UseCase.EXECUTION_FOLLOW, "+f+f+nnn", p -> reads.follow(scene.execution(p), false)),
                new Row(UseCase.EXECUTION_FOLLOW, "ffffffff", this::followRaw),
                new Row(UseCase.EXECUTION_OUTPUT, "+f+f+nnn", p -> reads.output(scene.execution(p), false)),
                new Row(UseCase.EXECUTION_RESULT, "+f+f+nnn", p -> exec.read(scene.vm(p), scene.pid, false)),
                new Row(UseCase.EXECUTION_RESULT, "+++++nn+", p -> exec.read(scene.vm(p), null, false)),
                new Row(UseCase.EXECUTION_CANCEL, "+f+f+nnn", p -> control.cancel(scene.execution(p), Duration.ZERO)),
                new Row(UseCase.EXECUTION_CANCEL, "nf+fnnnn", p -> control.abandon(p, ofRunner(), Duration.ZERO)),
                new Row(UseCase.EXECUTION_SIGNAL, "+f+f+nnn", p -> control.signal(scene.execution(p), 15)),
                new Row(UseCase.EXECUTION_STDIN, "+f+f+nnn", p -> control.stdin(scene.execution(p))),
                new Row(UseCase.EXECUTION_APPROVE, "+f+f+nnn", p -> control.approve(scene.execution(p), DIGEST)),
                new Row(UseCase.EXECUTION_REJECT, "+f+f+nnn", p -> control.reject(scene.execution(p))));
    }

    private void start(Permit permit) {
        try (ExecutionStarts.Begun begun =
                starts.begin(scene.vm(permit), command(), null, () -> null, Duration.ZERO, begin -> begin)) {
            starts.await(begun, bytes -> true);
        }
    }

    /** What another one has begun, nobody abandons. */
    private ExecutionStarts.Begun ofRunner() {
        AuditNote note = scene.note("runner", UseCase.EXECUTION_START);
        try (ExecutionStarts.Begun begun = Permit.during(
                note,
                permit -> starts.begin(scene.vm(permit), command(), null, () -> null, Duration.ZERO, begin -> begin))) {
            return begun;
        }
    }

    /** Whoever lacks a scope is refused for that; who has it, for the other one that raw output takes. */
    private void followRaw(Permit permit) {
        try {
            reads.follow(scene.execution(permit), true);
        } catch (BellhopException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? new BellhopException(ErrorCode.FORBIDDEN, "hidden") : e;
        }
    }

    private static CreateExecution command() {
        return CreateExecution.command("x").build();
    }
}
