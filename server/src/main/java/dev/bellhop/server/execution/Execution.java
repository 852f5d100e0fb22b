// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One command in one VM. An immutable value: each state change creates a new one. Times are whole milliseconds, as
 * stored.
 *
 * @param mode how the command runs; absent until it has started
 * @param pid pid in the guest; absent until the command has started
 * @param exit how the command ended; present if it has {@link ExecutionState#EXITED exited}, or timed out or was
 *     cancelled after its start
 * @param reason why the execution was rejected or lost; absent otherwise
 * @param approval the approval that it needs before its start; absent if it needs none
 */
public record Execution(
        ExecutionId id,
        VmId vm,
        ExecutionSpec spec,
        ExecutionState state,
        @Nullable ExecutionMode mode,
        @Nullable Long pid,
        @Nullable ExitStatus exit,
        @Nullable Reason reason,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        OutputSize output,
        @Nullable Approval approval) {

    public static Execution pending(ExecutionId id, VmId vm, ExecutionSpec spec, Instant now) {
        return new Execution(
                id, vm, spec, ExecutionState.PENDING, null, null, null, null, now, null, null, OutputSize.NONE, null);
    }

    public Execution started(ExecutionMode newMode, long newPid, Instant now) {
        Instant start = notBefore(now);
        ExecutionState running = ExecutionState.RUNNING;
        return new Execution(
                id, vm, spec, running, newMode, newPid, null, null, createdAt, start, null, output, approval);
    }

    public Execution withApproval(Approval newApproval) {
        return new Execution(
                id, vm, spec, state, mode, pid, exit, reason, createdAt, startedAt, finishedAt, output, newApproval);
    }

    public Execution withCommand(CommandLine command) {
        return withSpec(spec.withCommand(command));
    }

    public Execution withSpec(ExecutionSpec other) {
        return new Execution(
                id, vm, other, state, mode, pid, exit, reason, createdAt, startedAt, finishedAt, output, approval);
    }

    /** Returns this execution with only the beginning of a long command, as kept in memory and read from the store. */
    public Execution shortened() {
        CommandLine begin = spec.command().shortened();
        return begin.equals(spec.command()) ? this : withCommand(begin);
    }

    /** Returns true if this execution has only the beginning of its command. */
    public boolean hasMore() {
        return spec.command() instanceof CommandLine.Truncated;
    }

    /** Returns true if the execution waits for approval. It waits for nothing else before that. */
    public boolean awaitsApproval() {
        return state == ExecutionState.PENDING && approval != null && !approval.isGiven();
    }

    /** Returns the start of the delivery timeout: the time of the approval, if the execution needs one. */
    public Instant deliveryTimeoutBegins() {
        return approval == null || approval.givenAt() == null ? createdAt : approval.givenAt();
    }

    public Execution withOutput(OutputSize size) {
        return new Execution(
                id, vm, spec, state, mode, pid, exit, reason, createdAt, startedAt, finishedAt, size, approval);
    }

    /** Returns a started execution with the end that the guest reported: exited, timed out or cancelled. */
    public Execution ended(ExecutionState end, ExitStatus status, OutputSize size, Instant now) {
        return end(end, status, null, size, now);
    }

    /**
     * Returns this execution with the outcome that a node reports for it. A node cannot change anything else, such as
     * the command or the key.
     */
    public Execution endedAs(Execution told) {
        return new Execution(
                id,
                vm,
                spec,
                told.state,
                told.mode,
                told.pid,
                told.exit,
                told.reason,
                createdAt,
                told.startedAt,
                told.finishedAt,
                told.output,
                approval);
    }

    public Execution lost(Reason why, OutputSize size, Instant now) {
        return end(ExecutionState.LOST, null, why, size, now);
    }

    /**
     * Returns the rejected, cancelled or lost state of an execution whose command was not started, or may not have
     * been.
     */
    public Execution endedUnstarted(ExecutionState end, @Nullable Reason why, Instant now) {
        return end(end, null, why, output, now);
    }

    private Execution end(
            ExecutionState end, @Nullable ExitStatus status, @Nullable Reason why, OutputSize size, Instant now) {
        return new Execution(
                id, vm, spec, end, mode, pid, status, why, createdAt, startedAt, notBefore(now), size, approval);
    }

    /** Returns the current time, but never a time before the previous step: the clock can be set back. */
    private Instant notBefore(Instant now) {
        return WallClock.notBefore(startedAt == null ? deliveryTimeoutBegins() : startedAt, now);
    }

    @Override
    public String toString() {
        return "Execution[" + id + " in VM " + vm + ", " + state.wireName() + "]";
    }
}
