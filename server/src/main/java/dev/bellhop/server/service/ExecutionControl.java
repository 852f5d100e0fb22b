// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.failure.BellhopException;
import java.time.Duration;
import java.util.function.ToLongFunction;

/** Cancels, signals, approves and rejects commands, and writes to their stdin. Thread safe. */
public final class ExecutionControl {
    private final Engine engine;
    private final ExecutionLookup executions;
    private final ExecutionAccess access;
    private final ExecutionShow show;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    public ExecutionControl(
            Engine engine,
            ExecutionLookup executions,
            ExecutionAccess access,
            ExecutionShow show,
            PolicyCheck policy,
            Timeouts timeouts) {
        this.engine = engine;
        this.executions = executions;
        this.access = access;
        this.show = show;
        this.policy = policy;
        this.timeouts = timeouts;
    }

    /**
     * A cancelled execution.
     *
     * @param stored whether the cancellation outlives this server; see {@link Engine#cancel}
     */
    public record Cancelled(ShownExecution execution, boolean stored) {}

    /** Cancels an execution; throws like {@link Engine#cancel}. */
    public Cancelled cancel(VisibleExecution seen, Duration grace) {
        seen.callerOf(UseCase.EXECUTION_CANCEL);
        // A repeated request stores nothing.
        seen.permit().note().isOneOfMany();
        boolean stored = engine.cancel(seen.execution().id(), grace, Deadline.after(timeouts.start()));
        return new Cancelled(now(seen.execution()), stored);
    }

    /**
     * Cancels a command that the caller started and no one will follow; throws like {@link Engine#cancel}. Also works
     * if the caller no longer sees the VM: callers can always take back their own start, and learn nothing from it.
     */
    public void abandon(Permit permit, ExecutionStarts.Begun begun, Duration grace) {
        Caller caller = permit.callerOf(UseCase.EXECUTION_CANCEL);
        permit.note().about(begun.id());
        if (!begun.isOf(caller)) {
            throw ExecutionAccess.notFound();
        }
        permit.note().isOneOfMany();
        engine.cancel(begun.id(), grace, Deadline.after(timeouts.start()));
    }

    /** Sends a signal to all processes of a command. */
    public ShownExecution signal(VisibleExecution seen, int signal) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_SIGNAL);
        Execution execution = seen.execution();
        engine.signal(
                execution.id(),
                signal,
                () -> access.checkStillAllowed(caller.key(), execution),
                Deadline.after(timeouts.start()));
        return now(execution);
    }

    private ShownExecution now(Execution execution) {
        return show.whole(access.again(execution).execution());
    }

    /**
     * Starts a command if its digest equals the digest that the approver saw; throws like
     * {@link PolicyCheck#requireApprover}, or if the command awaits no approval, or not this one.
     */
    public ShownExecution approve(VisibleExecution seen, String digest) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_APPROVE);
        Execution execution = seen.execution();
        seen.permit().note().about(digest);
        if (execution.awaitsApproval()) {
            StartOptions options = executions.startOptions(execution.id()).orElse(StartOptions.PLAIN);
            policy.requireApprover(
                    seen.permit(),
                    execution.vm(),
                    new ExecutionRequest(executions.whole(execution).spec(), options));
        }
        engine.approve(execution.id(), caller.key().id(), digest, Deadline.after(timeouts.start()));
        return now(execution);
    }

    /** Rejects a command, so it never starts. Needs no approver, because the caller could also cancel it. */
    public ShownExecution reject(VisibleExecution seen) {
        seen.callerOf(UseCase.EXECUTION_REJECT);
        engine.reject(seen.execution().id(), Deadline.after(timeouts.start()));
        return now(seen.execution());
    }

    /**
     * Checks that the caller is allowed to write to a command's stdin; throws {@code POLICY_REFUSED}. The returned
     * function writes a piece and returns how many bytes stdin then has.
     */
    public ToLongFunction<StdinPiece> stdin(VisibleExecution seen) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_STDIN);
        seen.permit().note().isOneOfMany();
        policy.requireStdin(seen.permit(), seen.execution());
        return piece -> write(caller, seen.execution(), piece);
    }

    private long write(Caller caller, Execution execution, StdinPiece piece) {
        Runnable check = () -> access.checkStillAllowed(caller.key(), execution);
        try {
            return engine.writeStdin(execution.id(), piece, check, Deadline.after(timeouts.start()));
        } catch (BellhopException e) {
            // The command may have ended because its VM has another owner now. The caller is then not allowed to learn
            // how it ended.
            check.run();
            throw e;
        }
    }
}
