// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.LaunchResult;
import dev.bellhop.server.execution.guest.StartIntentLog;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.guest.StartOrder;
import dev.bellhop.server.execution.guest.StdinHandover;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has one command started in its guest: once if nobody wants to wait, again and again while the agent is away and the
 * delivery timeout has not passed; at once when something about the VM or its agent changes. If nobody can tell whether
 * a start has arrived, {@link StartSettler} asks the guest. Used by one thread.
 */
final class StartRetrier {
    private static final Backoff STDIN_POLLING = Backoff.doubling(Duration.ofMillis(2), Duration.ofMillis(250));

    private final LiveExecution live;
    private final Execution execution;
    private final StartOptionsLoader source;
    private final boolean recovered;
    private final @Nullable StartIntent intentBefore;
    private final StartIntentLog intents;
    private final Deadline deliveryTimeout;
    private final StartServices services;
    private final Guest guest;
    private final StartSettler settler;
    private Deadline attempt;
    /** Whether the guest has been asked to start it, did not have it when it was asked about it, and may yet. */
    private boolean mayArrive;
    /** Why it was not started, if that was found out right before. */
    private @Nullable Reason deniedBy;

    StartRetrier(
            LiveExecution live,
            PendingStart start,
            Deadline deliveryTimeout,
            Deadline firstAttempt,
            StartServices services) {
        this.live = live;
        this.execution = live.durable();
        this.source = start.source();
        this.recovered = start.recovered();
        this.intentBefore = start.intent();
        this.deliveryTimeout = deliveryTimeout;
        this.attempt = firstAttempt;
        this.services = services;
        this.guest = services.guests().of(execution.vm());
        this.intents = guest.intentLog(
                execution.id(), start.intent(), start.recovered(), services.journal(), services.clock());
        this.settler = new StartSettler(live, intents, deliveryTimeout, services);
    }

    /** Returns when it is known what came of it. */
    StartOutcome start(ReplyBudget.Share share) throws InterruptedException {
        // Before the first attempt, so as not to miss an agent that comes while it fails.
        StartOutcome outcome;
        try (AgentHealth.Subscription _ = services.health().listen(execution.vm(), live::wake)) {
            outcome = startOrGiveUp(share);
        }
        if (outcome instanceof StartOutcome.Started) {
            guest.vm().ifPresent(services.health()::runsCommands);
        }
        return outcome;
    }

    private StartOutcome startOrGiveUp(ReplyBudget.Share share) throws InterruptedException {
        StartOutcome outcome = tried(share);
        if (mayArrive
                && outcome instanceof StartOutcome.NotStarted(ExecutionState state, Reason _)
                && state != ExecutionState.LOST) {
            // Nothing but the guest can say so.
            settler.giveUp();
            return Objects.requireNonNull(settle(Reason.START_UNCONFIRMED, share));
        }
        return outcome;
    }

    private StartOutcome tried(ReplyBudget.Share share) throws InterruptedException {
        if (recovered && !live.isCalledOff()) {
            StartOutcome known = takeUp(share);
            if (known != null) {
                return known;
            }
            notStartedYet();
        }
        while (mayArrive ? !live.isCancelled() : live.beginStart()) {
            StartOutcome outcome = attempt(share);
            if (outcome != null) {
                return outcome;
            }
            notStartedYet();
            if (!settler.rest()) {
                return new StartOutcome.ServerStops();
            }
            attempt = Deadline.after(StartSettler.ATTEMPT_TIMEOUT);
        }
        return live.isCancelled()
                ? new StartOutcome.NotStarted(ExecutionState.CANCELLED, null)
                : new StartOutcome.NotStarted(ExecutionState.REJECTED, Reason.TOO_MANY_EXECUTIONS);
    }

    /** What may arrive cannot be cancelled any more without its guest. */
    private void notStartedYet() {
        if (!mayArrive) {
            live.startFailed();
        }
    }

    /** What became of one that an earlier server has left; absent if it has not been started and is to be. */
    private @Nullable StartOutcome takeUp(ReplyBudget.Share share) throws InterruptedException {
        if (intentBefore != null) {
            // Only the agent knows of one that it was to look after alone, and not under which pid.
            return intentBefore.mode() == ExecutionMode.SUPERVISED
                    ? settle(Reason.SERVER_STOPPED, share)
                    : new StartOutcome.NotStarted(ExecutionState.LOST, Reason.SERVER_STOPPED);
        }
        if (source.callerWaits()) {
            return new StartOutcome.NotStarted(ExecutionState.REJECTED, Reason.SERVER_STOPPED);
        }
        return source.deliveryTimeout().isPositive() && !isWithinDeliveryTimeout()
                ? new StartOutcome.NotStarted(ExecutionState.REJECTED, Reason.DELIVERY_TIMEOUT)
                : null;
    }

    private @Nullable StartOutcome settle(Reason unknown, ReplyBudget.Share share) throws InterruptedException {
        StartOutcome outcome = settler.settle(unknown, share);
        mayArrive = outcome == null;
        return outcome;
    }

    /** Absent if it was not started and is to be tried again. */
    private @Nullable StartOutcome attempt(ReplyBudget.Share share) throws InterruptedException {
        Optional<StartCheck.Denial> denial = services.mayStart().earlyDenial(execution);
        if (denial.isPresent()) {
            // Before anything is asked of what belongs to another by now; once more right before the start.
            return rejected(denial.get().reason(), denial.get().why());
        }
        Optional<VirtualMachine> vm = guest.vm();
        if (vm.isEmpty()) {
            return isWithinDeliveryTimeout()
                    ? null
                    : rejected(
                            unavailable(),
                            new BellhopException(
                                    ErrorCode.AGENT_UNAVAILABLE,
                                    "Cannot run a command in VM " + execution.vm() + " because it is gone"));
        }
        StartOrder order = new StartOrder(execution, source, intents, this::checkMayStart);
        return switch (guest.start(order, vm.get().agent(), attempt)) {
            case LaunchResult.Started(ExecutionMode mode, long pid) -> settler.started(mode, pid, share);
            case LaunchResult.StdinUnderWay(long pid) -> awaitStdin(pid, vm.get(), share);
            case LaunchResult.NotAllowed(BellhopException why) ->
                deniedBy == null ? notStored(why) : rejected(deniedBy, why);
            case LaunchResult.NotRunnable(Reason reason, BellhopException why) -> rejected(reason, why);
            case LaunchResult.NotStored(BellhopException why) -> notStored(why);
            case LaunchResult.NotStarted failed -> {
                intents.notHeard();
                yield failed.mayPass() && isWithinDeliveryTimeout()
                        ? null
                        : rejected(
                                reason(failed),
                                explained(
                                        ErrorCode.AGENT_UNAVAILABLE,
                                        "Cannot run a command in VM ",
                                        vm.get(),
                                        failed.trouble()));
            }
            case LaunchResult.Unconfirmed(ExecutionMode mode, AgentException trouble) -> {
                tellUnlessItWaits(() -> unconfirmed(vm.get(), trouble));
                yield mode == ExecutionMode.SUPERVISED
                        ? settle(Reason.START_UNCONFIRMED, share)
                        : new StartOutcome.NotStarted(ExecutionState.LOST, Reason.START_UNCONFIRMED);
            }
        };
    }

    /** The agent tells a pid before it passes the stdin on, and an agent that ends in between never will. */
    private @Nullable StartOutcome awaitStdin(long pid, VirtualMachine vm, ReplyBudget.Share share)
            throws InterruptedException {
        StdinHandover handover = guest.stdinHandover(execution.id(), pid, vm.agent(), intents);
        StdinHandover.State state = StdinHandover.State.UNDER_WAY;
        for (int looks = 0; state == StdinHandover.State.UNDER_WAY && !live.isCancelled(); looks++) {
            try {
                state = handover.look(share, Deadline.after(StartSettler.ATTEMPT_TIMEOUT));
            } catch (AgentException e) {
                tellUnlessItWaits(() -> unconfirmed(vm, e));
                return settle(Reason.START_UNCONFIRMED, share);
            }
            if (state == StdinHandover.State.ARRIVED) {
                return settler.started(ExecutionMode.SUPERVISED, pid, share);
            }
            if (attempt.hasPassed()) {
                tellUnlessItWaits(this::stdinUnderWay);
            }
            live.pause(STDIN_POLLING.pause(looks));
            if (services.shutdown().hasBegun()) {
                return new StartOutcome.ServerStops();
            }
        }
        tellUnlessItWaits(this::stdinUnderWay);
        return settle(Reason.START_UNCONFIRMED, share);
    }

    private BellhopException stdinUnderWay() {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started in VM " + execution.vm()
                        + " because its guest agent has yet to pass on all of its input");
    }

    /** A caller that waits for its agent does not hear of what may still change. */
    private void tellUnlessItWaits(Supplier<BellhopException> failure) {
        if (!isWithinDeliveryTimeout()) {
            live.failStart(failure.get());
        }
    }

    /** Absent where it is tried again: memory for it comes with time, as its turn does; a caller that does not wait cancels it. */
    private @Nullable StartOutcome notStored(BellhopException why) {
        return isWithinDeliveryTimeout() || why.code() == ErrorCode.OVERLOADED
                ? null
                : rejected(why.code() == ErrorCode.AGENT_UNAVAILABLE ? unavailable() : Reason.STORE_UNAVAILABLE, why);
    }

    /** Of what may be there later. */
    private Reason unavailable() {
        return source.deliveryTimeout().isPositive() ? Reason.DELIVERY_TIMEOUT : Reason.AGENT_UNAVAILABLE;
    }

    private StartOutcome rejected(Reason reason, BellhopException toCaller) {
        live.failStart(toCaller);
        return new StartOutcome.NotStarted(ExecutionState.REJECTED, reason);
    }

    private void checkMayStart() {
        deniedBy = null;
        services.mayStart().denial(execution).ifPresent(denial -> {
            deniedBy = denial.reason();
            throw denial.why();
        });
    }

    private boolean isWithinDeliveryTimeout() {
        return !deliveryTimeout.hasPassed();
    }

    private BellhopException unconfirmed(VirtualMachine vm, AgentException trouble) {
        return explained(
                ErrorCode.START_UNCONFIRMED, "Cannot tell whether the command was started in VM ", vm, trouble);
    }

    private BellhopException explained(ErrorCode code, String what, VirtualMachine vm, AgentException trouble) {
        live.explainFailure();
        return new BellhopException(
                code, what + vm.id() + " because " + services.health().why(vm, trouble), trouble);
    }

    private Reason reason(LaunchResult.NotStarted failed) {
        if (failed.trouble() instanceof AgentErrorException) {
            return Reason.AGENT_REFUSED;
        }
        return failed.mayPass() ? unavailable() : Reason.AGENT_UNAVAILABLE;
    }
}
