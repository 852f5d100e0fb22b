// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalLong;

/** What can be done to an execution while it runs. Thread safe. */
public final class ExecutionActions {
    private static final Duration MOMENT = Duration.ofMillis(5);

    private static final Duration LONGEST_MOMENT = Duration.ofMillis(200);

    /** How long a command that has only been started, or is about to have ended, may take to show which. */
    private static final Duration UNCERTAIN = Duration.ofSeconds(2);

    private final ExecutionParts parts;

    ExecutionActions(ExecutionParts parts) {
        this.parts = parts;
    }

    /**
     * Sends a signal to all processes of an execution.
     *
     * @param signal its number in the guest, 1 to 64
     * @param check right before it is sent, each time that is tried: what it throws is thrown, and nothing is sent. VMs change
     *     their owners, and keys are revoked, while an agent lets wait for itself.
     * @throws BellhopException {@code EXECUTION_PENDING}, {@code EXECUTION_ENDED}, {@code NOT_SUPPORTED} where the agent alone
     *     looks after it or the guest does not send the signal, {@code AGENT_UNAVAILABLE}: nothing was sent; {@code
     *     START_UNCONFIRMED}: it may have been
     */
    public void signal(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        LiveExecution live = live(id);
        requireStarted(live);
        requireNotDirect(live);
        SignalSender sender = new SignalSender(vm(live), parts);
        Deadline uncertain = Deadline.after(min(UNCERTAIN, deadline.remaining().dividedBy(2)));
        for (Duration pause = MOMENT; ; pause = pause.multipliedBy(2)) {
            GroupAction.Outcome outcome = sender.send(id, signal, check, deadline);
            // What was done there, or had been, shows when it is looked at again.
            live.wake();
            if (outcome == GroupAction.Outcome.SENT) {
                return;
            }
            // A moment passes between the pid and the supervisor's first steps, and another one before an end is read.
            if (outcome == GroupAction.Outcome.ENDED || live.awaitEnd(pause) != null) {
                throw hasEnded();
            }
            if (uncertain.hasPassed()) {
                throw notSent(outcome);
            }
        }
    }

    private static BellhopException notSent(GroupAction.Outcome outcome) {
        return outcome == GroupAction.Outcome.LEFT
                ? new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        "Cannot send this signal because the guest refuses to: it does not know it, or the agent may not"
                                + " signal the command's processes")
                : new BellhopException(
                        ErrorCode.EXECUTION_PENDING,
                        "Cannot send a signal to this execution because the guest shows no process of it; try again in a"
                                + " moment");
    }

    /**
     * Adds to the stdin of an execution that was started with the promise of more. One that has not started is waited for.
     *
     * @param offset where in all of its stdin the bytes stand; what is there already is not written again
     * @param end whether nothing follows
     * @param check right before they are written, as in {@link #signal}
     * @return the offset of what is to follow
     * @throws BellhopException {@code STDIN_GAP} where bytes are missing before these, {@code STDIN_CLOSED} where it takes no
     *     more, and as {@link #signal}; what may have been written can be sent again
     */
    public long writeInput(ExecutionId id, long offset, byte[] bytes, boolean end, Runnable check, Deadline deadline) {
        LiveExecution live = live(id);
        awaitStart(live, deadline);
        check.run();
        requireStarted(live);
        requireNotDirect(live);
        VirtualMachine vm = vm(live);
        GuestInput input =
                new GuestInput(vm.agent(), parts.starter().supervisors().of(id).spool(), id);
        try {
            GuestProcesses processes = parts.starter().guest(vm.id()).processes();
            for (Duration pause = MOMENT; ; pause = min(pause.multipliedBy(2), LONGEST_MOMENT)) {
                OptionalLong length = processes.apart(vm.agent(), deadline, () -> {
                    check.run();
                    return input.write(offset, bytes, end, deadline);
                });
                if (length.isPresent()) {
                    return length.getAsLong();
                }
                // An earlier server may have started it with the promise of more, and an agent may open nothing now.
                if (!live.expectsInput() && processes.apart(vm.agent(), deadline, () -> input.isNone(deadline))) {
                    throw GuestInput.closed();
                }
                // A moment passes between the pid and the supervisor's first steps.
                if (live.awaitEnd(pause) != null) {
                    throw hasEnded();
                }
                if (deadline.hasPassed()) {
                    throw pending();
                }
            }
        } catch (AgentException e) {
            String why = parts.health().why(vm, e);
            throw e.mayHaveActed()
                    ? new BellhopException(
                            ErrorCode.START_UNCONFIRMED,
                            "Cannot tell whether the stdin was written in VM " + vm.id() + " because " + why
                                    + ". Send the same bytes again: what has arrived is not written twice",
                            e)
                    : new BellhopException(
                            ErrorCode.AGENT_UNAVAILABLE,
                            "Cannot write the stdin of an execution in VM " + vm.id() + " because " + why,
                            e);
        }
    }

    /** Waits until it is known whether it was started, where that takes no longer. */
    private static void awaitStart(LiveExecution live, Deadline deadline) {
        live.storePid();
        long seen = -1;
        try {
            while (live.durable().state() == ExecutionState.PENDING && !deadline.hasPassed()) {
                seen = live.awaitChange(seen, deadline.remaining());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An execution that has not ended. */
    LiveExecution live(ExecutionId id) {
        LiveExecution live = parts.executions().live(id);
        if (live == null) {
            throw hasEnded();
        }
        return live;
    }

    private VirtualMachine vm(LiveExecution live) {
        VmId id = live.durable().vm();
        return parts.starter()
                .directory()
                .find(id)
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE, "Cannot reach the command because VM " + id + " is gone"));
    }

    private static void requireStarted(LiveExecution live) {
        ExecutionState state = live.durable().state();
        if (state.isFinal()) {
            throw hasEnded();
        }
        if (state == ExecutionState.PENDING) {
            // It may be no more than its pid that is not stored.
            live.storePid();
            throw pending();
        }
    }

    static void requireNotDirect(LiveExecution live) {
        if (live.durable().mode() == ExecutionMode.DIRECT) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot do this to an execution that the guest agent alone looks after (mode direct)");
        }
    }

    private static BellhopException pending() {
        return new BellhopException(
                ErrorCode.EXECUTION_PENDING,
                "Cannot do this because the execution has not started yet; try again when it runs");
    }

    private static BellhopException hasEnded() {
        return new BellhopException(ErrorCode.EXECUTION_ENDED, "Cannot do this because the execution has ended");
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
