// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.SignalResult;
import dev.bellhop.server.execution.guest.StdinWriter;
import dev.bellhop.server.execution.script.GroupAction;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What can be done to an execution while it runs. Thread safe. */
record ExecutionActions(LiveExecutions executions, Guests guests, AgentHealth health) {
    /** How long a command that has only been started, or is about to have ended, may take to show which. */
    private static final Duration UNCERTAIN_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration MOMENT = Duration.ofMillis(5);
    private static final Backoff SIGNAL_RETRY = Backoff.doubling(MOMENT, UNCERTAIN_TIMEOUT);
    private static final Backoff STDIN_RETRY = Backoff.doubling(MOMENT, Duration.ofMillis(200));

    void signal(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        LiveExecution live = live(id);
        requireStarted(live);
        requireNotDirect(live);
        VirtualMachine vm = vm(live);
        Duration half = deadline.remaining().dividedBy(2);
        Deadline uncertain = Deadline.after(half.compareTo(UNCERTAIN_TIMEOUT) < 0 ? half : UNCERTAIN_TIMEOUT);
        for (int attempt = 0; ; attempt++) {
            GroupAction.Outcome outcome = send(id, signal, vm, check, deadline);
            // What was done there, or had been, shows when it is looked at again.
            live.wake();
            if (outcome == GroupAction.Outcome.SENT) {
                return;
            }
            // A moment passes between the pid and the supervisor's first steps, and another one before an end is read.
            if (outcome == GroupAction.Outcome.ENDED || live.awaitEnd(SIGNAL_RETRY.pause(attempt)) != null) {
                throw hasEnded();
            }
            if (uncertain.hasPassed()) {
                throw notSent(outcome);
            }
        }
    }

    /** @throws BellhopException {@code AGENT_UNAVAILABLE}: nothing was sent; {@code START_UNCONFIRMED}: it may have been */
    private GroupAction.Outcome send(ExecutionId id, int signal, VirtualMachine vm, Runnable check, Deadline deadline) {
        return switch (guests.of(vm.id()).signal(id, signal, vm.agent(), check, deadline)) {
            case SignalResult.Done(GroupAction.Outcome outcome) -> outcome;
            case SignalResult.NotSent(AgentException trouble) ->
                throw new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot signal an execution in VM " + vm.id() + " because " + health.why(vm, trouble),
                        trouble);
            case SignalResult.Unconfirmed(@Nullable AgentException trouble) -> {
                String why = trouble == null ? "what the guest answered cannot be read" : health.why(vm, trouble);
                throw new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether the signal was sent in VM " + vm.id() + " because " + why,
                        trouble);
            }
        };
    }

    private static BellhopException notSent(GroupAction.Outcome outcome) {
        return outcome == GroupAction.Outcome.LEFT
                ? new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        "Cannot send this signal because the guest refuses to: it does not know it, or the agent may"
                                + " not signal the command's processes")
                : new BellhopException(
                        ErrorCode.EXECUTION_PENDING,
                        "Cannot send a signal to this execution because the guest shows no process of it; try again in"
                                + " a moment");
    }

    long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline) {
        LiveExecution live = live(id);
        awaitStart(live, deadline);
        check.run();
        requireStarted(live);
        requireNotDirect(live);
        VirtualMachine vm = vm(live);
        Guest guest = guests.of(vm.id());
        int attempt = 0;
        try {
            for (; ; attempt++) {
                OptionalLong length = guest.writeStdin(id, piece, vm.agent(), check, deadline);
                if (length.isPresent()) {
                    return length.getAsLong();
                }
                // An earlier server may have started it with the promise of more, and an agent may open nothing now.
                if (!live.stdinFollows() && guest.takesNoStdin(id, vm.agent(), deadline)) {
                    throw StdinWriter.closed();
                }
                // A moment passes between the pid and the supervisor's first steps.
                if (live.awaitEnd(STDIN_RETRY.pause(attempt)) != null) {
                    throw hasEnded();
                }
                if (deadline.remaining().compareTo(MOMENT) <= 0) {
                    throw pending();
                }
            }
        } catch (AgentException e) {
            if (attempt > 0 && deadline.hasPassed() && !e.mayHaveActed()) {
                throw pending(); // As the guest has said; the time was up while it was asked once more.
            }
            String why = health.why(vm, e);
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
        long seen = 0;
        try {
            while (live.durable().state() == ExecutionState.PENDING && !deadline.hasPassed()) {
                seen = live.awaitRevision(seen, () -> false, deadline.remaining());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    LiveExecution live(ExecutionId id) {
        LiveExecution live = executions.live(id);
        if (live == null) {
            throw hasEnded();
        }
        return live;
    }

    private VirtualMachine vm(LiveExecution live) {
        VmId id = live.durable().vm();
        return guests.vm(id)
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
}
