// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.GuestStarter.Attempt;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has one command started in its guest: once where nobody wants to wait, again and again while the agent is not there and
 * the caller's patience lasts. Used by one thread.
 */
final class StartAttempts {
    private static final Duration ATTEMPT = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

    private final LiveExecution live;
    private final Delivery delivery;
    private final ExecutionParts parts;
    private Deadline attempt;

    StartAttempts(LiveExecution live, Delivery delivery, Deadline firstAttempt, ExecutionParts parts) {
        this.live = live;
        this.delivery = delivery;
        this.attempt = firstAttempt;
        this.parts = parts;
    }

    /** What came of it in the end. */
    sealed interface Outcome {
        record Started(ExecutionMode mode, long pid, GuestProcess process) implements Outcome {}

        record NotStarted(ExecutionState state, @Nullable Reason reason) implements Outcome {}

        record ServerStops() implements Outcome {}
    }

    Outcome start(ReplyBudget.Share share) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (live.beginStart()) {
            Execution execution = live.durable();
            Optional<VirtualMachine> vm = parts.starter().directory().find(execution.vm());
            if (vm.isEmpty()) {
                live.failStart(new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot run a command in VM " + execution.vm() + " because it is gone"));
                if (!hasPatience(execution)) {
                    return new Outcome.NotStarted(ExecutionState.REJECTED, Reason.AGENT_UNAVAILABLE);
                }
            } else {
                switch (parts.starter().start(execution, delivery, vm.get(), share, attempt)) {
                    case Attempt.Started(ExecutionMode mode, long pid, GuestProcess process) -> {
                        return new Outcome.Started(mode, pid, process);
                    }
                    case Attempt.Unconfirmed(AgentException trouble) -> {
                        live.failStart(unconfirmed(vm.get(), trouble));
                        return new Outcome.NotStarted(ExecutionState.LOST, Reason.START_UNCONFIRMED);
                    }
                    case Attempt.NotStarted failed -> {
                        if (!failed.mayPass() || !hasPatience(execution)) {
                            live.failStart(unavailable(vm.get(), failed.trouble()));
                            return new Outcome.NotStarted(ExecutionState.REJECTED, reason(failed.trouble()));
                        }
                    }
                }
            }
            live.startFailed();
            live.pause(pause);
            if (parts.isStopping()) {
                return new Outcome.ServerStops();
            }
            pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
            attempt = Deadline.after(ATTEMPT);
        }
        return live.isCancelled()
                ? new Outcome.NotStarted(ExecutionState.CANCELLED, null)
                : new Outcome.NotStarted(ExecutionState.REJECTED, Reason.TOO_MANY_EXECUTIONS);
    }

    private boolean hasPatience(Execution execution) {
        return parts.now().isBefore(execution.createdAt().plus(delivery.patience()));
    }

    private static BellhopException unconfirmed(VirtualMachine vm, AgentException trouble) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started in VM " + vm.id() + " because "
                        + AgentTrouble.describe(vm, trouble),
                trouble);
    }

    private static BellhopException unavailable(VirtualMachine vm, AgentException trouble) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                "Cannot run a command in VM " + vm.id() + " because " + AgentTrouble.describe(vm, trouble),
                trouble);
    }

    private static Reason reason(AgentException trouble) {
        return trouble instanceof AgentErrorException ? Reason.AGENT_REFUSED : Reason.AGENT_UNAVAILABLE;
    }
}
