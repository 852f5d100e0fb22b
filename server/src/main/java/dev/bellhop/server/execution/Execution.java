// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One command in one VM. A value: each step of its life is a new one. Times are whole milliseconds, as they are stored.
 *
 * @param mode how it is run; absent until it has started
 * @param pid what the guest calls it; absent until it has started
 * @param exit how its command ended; present where it has {@link ExecutionState#EXITED exited}, and where it was ended
 *     after it had started
 * @param reason why it was rejected or lost; present exactly then
 * @param approval what it needs before it is started; absent where it needs none
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

    /** The same, with the beginning of its command where that is long: as it is kept in memory, and read from the store. */
    public Execution shortened() {
        CommandLine begin = spec.command().shortened();
        return begin.equals(spec.command()) ? this : withCommand(begin);
    }

    /** Whether its command is longer than what is here of it. */
    public boolean hasMore() {
        return spec.command() instanceof CommandLine.Truncated;
    }

    /** Whether it waits for somebody to approve it, before anything else. */
    public boolean awaitsApproval() {
        return state == ExecutionState.PENDING && approval != null && !approval.isGiven();
    }

    /** When its delivery timeout begins: with the approval, where it needs one. */
    public Instant deliveryTimeoutBegins() {
        return approval == null || approval.givenAt() == null ? createdAt : approval.givenAt();
    }

    public Execution withOutput(OutputSize size) {
        return new Execution(
                id, vm, spec, state, mode, pid, exit, reason, createdAt, startedAt, finishedAt, size, approval);
    }

    /** The end of one that ran, as the guest told it: exited, timed out or cancelled. */
    public Execution ended(ExecutionState end, ExitStatus status, OutputSize size, Instant now) {
        return end(end, status, null, size, now);
    }

    /** The end that another has, which is the same execution as it was told by whoever may not say more of it than how it went. */
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

    /** The end of one whose command was not started, or may not have been: rejected, cancelled or lost. */
    public Execution endedUnstarted(ExecutionState end, @Nullable Reason why, Instant now) {
        return end(end, null, why, output, now);
    }

    private Execution end(
            ExecutionState end, @Nullable ExitStatus status, @Nullable Reason why, OutputSize size, Instant now) {
        return new Execution(
                id, vm, spec, end, mode, pid, status, why, createdAt, startedAt, notBefore(now), size, approval);
    }

    /** A moment of now, which the clock may say is before what was so far. */
    private Instant notBefore(Instant now) {
        return WallClock.notBefore(startedAt == null ? deliveryTimeoutBegins() : startedAt, now);
    }

    @Override
    public String toString() {
        return "Execution[" + id + " in VM " + vm + ", " + state.wireName() + "]";
    }
}
