// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.GuestStarter.Attempt;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has one command started in its guest: once where nobody wants to wait, again and again while the agent is not there and
 * the caller's patience lasts; at once when it is heard that something about the VM or its agent has changed.
 *
 * <p>Where it cannot be told whether a start has arrived, the guest is asked, for as long as that takes: the supervisor's
 * claim says whether it was started, and a claim made in its place says for certain that it never will be. Used by one
 * thread.
 */
final class StartAttempts {
    /** What an agent gets to answer one attempt. */
    static final Duration ATTEMPT = Duration.ofSeconds(10);

    /** After which a guest that answers, and does not tell what became of a start, never will. */
    private static final Duration TELLS_NOTHING = Duration.ofHours(1);

    private static final Duration FIRST_WAIT = Duration.ofMillis(2);
    private static final Duration LAST_WAIT = Duration.ofMillis(250);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

    private final LiveExecution live;
    private final Execution execution;
    private final DeliverySource delivery;
    private final boolean recovered;
    private final @Nullable Asked askedBefore;
    private final Asking asking;
    private final ExecutionParts parts;
    private final StoppedVm stopped;
    private final Streak useless;
    private final Deadline patience;
    private Deadline attempt;
    private Duration pause = FIRST_PAUSE;
    /** Whether the guest has been asked to start it, did not have it when it was asked about it, and may yet. */
    private boolean mayArrive;
    /** Why it was not started, where that was found out right before. */
    private Reason deniedBy = Reason.VM_REASSIGNED;
    /** Whether what may arrive is to find a claim in its place. */
    private boolean givenUp;

    /**
     * @param patience until when its caller waits for an agent that is not there
     * @param firstAttempt what the agent gets to answer the first attempt
     */
    StartAttempts(
            LiveExecution live, PendingStart start, Deadline patience, Deadline firstAttempt, ExecutionParts parts) {
        this(live, start, patience, firstAttempt, parts, System::nanoTime);
    }

    /** @param nanoTime a clock as {@link System#nanoTime} */
    StartAttempts(
            LiveExecution live,
            PendingStart start,
            Deadline patience,
            Deadline firstAttempt,
            ExecutionParts parts,
            LongSupplier nanoTime) {
        this.live = live;
        this.execution = live.durable();
        this.delivery = start.delivery();
        this.recovered = start.recovered();
        this.askedBefore = start.asked();
        this.asking = new Asking(execution, start.asked(), start.recovered(), parts);
        this.patience = patience;
        this.attempt = firstAttempt;
        this.parts = parts;
        this.stopped = parts.starter().stoppedVm(nanoTime);
        this.useless = new Streak(nanoTime);
    }

    /** What came of it in the end. */
    sealed interface Outcome {
        record Started(ExecutionMode mode, long pid, GuestProcess process) implements Outcome {}

        record NotStarted(ExecutionState state, @Nullable Reason reason) implements Outcome {}

        record ServerStops() implements Outcome {}
    }

    /** Returns when it is known what came of it. */
    Outcome start(ReplyBudget.Share share) throws InterruptedException {
        // Before the first attempt: an agent that comes while it fails is not missed.
        Outcome outcome;
        try (AgentHealth.Wish _ = parts.health().listen(execution.vm(), live::wake)) {
            outcome = startOrGiveUp(share);
        }
        if (outcome instanceof Outcome.Started) {
            parts.starter().directory().find(execution.vm()).ifPresent(parts.health()::runsCommands);
        }
        return outcome;
    }

    private Outcome startOrGiveUp(ReplyBudget.Share share) throws InterruptedException {
        Outcome outcome = tried(share);
        if (mayArrive
                && outcome instanceof Outcome.NotStarted(ExecutionState state, Reason _)
                && state != ExecutionState.LOST) {
            // Nothing but the guest can say so.
            givenUp = true;
            return Objects.requireNonNull(settle(Reason.START_UNCONFIRMED, share));
        }
        return outcome;
    }

    private Outcome tried(ReplyBudget.Share share) throws InterruptedException {
        if (recovered && !live.isCalledOff()) {
            Outcome known = takeUp(share);
            if (known != null) {
                return known;
            }
            notStartedYet();
        }
        while (mayArrive ? !live.isCancelled() : live.beginStart()) {
            Outcome outcome = attempt(share);
            if (outcome != null) {
                return outcome;
            }
            notStartedYet();
            if (!rest()) {
                return new Outcome.ServerStops();
            }
            attempt = Deadline.after(ATTEMPT);
        }
        return live.isCancelled()
                ? new Outcome.NotStarted(ExecutionState.CANCELLED, null)
                : new Outcome.NotStarted(ExecutionState.REJECTED, Reason.TOO_MANY_EXECUTIONS);
    }

    /** What may arrive cannot be called off any more without its guest. */
    private void notStartedYet() {
        if (!mayArrive) {
            live.startFailed();
        }
    }

    /** What became of one that an earlier server has left; absent where it has not been started and is to be. */
    private @Nullable Outcome takeUp(ReplyBudget.Share share) throws InterruptedException {
        if (askedBefore != null) {
            // The agent alone knows of one that it was to look after alone, and not under which pid.
            return askedBefore.mode() == ExecutionMode.SUPERVISED
                    ? settle(Reason.SERVER_STOPPED, share)
                    : new Outcome.NotStarted(ExecutionState.LOST, Reason.SERVER_STOPPED);
        }
        if (delivery.callerWaits()) {
            return new Outcome.NotStarted(ExecutionState.REJECTED, Reason.SERVER_STOPPED);
        }
        return delivery.patience().isPositive() && !hasPatience()
                ? new Outcome.NotStarted(ExecutionState.REJECTED, Reason.DELIVERY_TIMEOUT)
                : null;
    }

    /** Absent where it was not started and is to be tried again. */
    private @Nullable Outcome attempt(ReplyBudget.Share share) throws InterruptedException {
        Optional<StartCheck.Denial> denial = denial();
        if (denial.isPresent()) {
            // Before anything is asked of what is another's by now; once more right before the start.
            return rejected(denial.get().reason(), denial.get().why());
        }
        Optional<VirtualMachine> vm = parts.starter().directory().find(execution.vm());
        if (vm.isEmpty()) {
            return hasPatience()
                    ? null
                    : rejected(
                            delivery.patience().isPositive() ? Reason.DELIVERY_TIMEOUT : Reason.AGENT_UNAVAILABLE,
                            new BellhopException(
                                    ErrorCode.AGENT_UNAVAILABLE,
                                    "Cannot run a command in VM " + execution.vm() + " because it is gone"));
        }
        return switch (parts.starter()
                .start(execution, delivery, vm.get(), asking, share, this::checkMayStart, attempt)) {
            case Attempt.Started(ExecutionMode mode, long pid, GuestProcess process) ->
                new Outcome.Started(mode, pid, process);
            case Attempt.InputUnderWay(long pid) -> awaitInput(pid, vm.get(), share);
            case Attempt.NotAllowed(BellhopException why) -> rejected(deniedBy, why);
            case Attempt.NotApproved(BellhopException why) -> rejected(Reason.APPROVAL_MISMATCH, why);
            case Attempt.NotSupported(BellhopException why) -> rejected(Reason.NOT_SUPPORTED, why);
            // Memory for it comes with time, as its turn does; whoever does not wait for that calls it off.
            case Attempt.NotStored(BellhopException why) ->
                hasPatience() || why.code() == ErrorCode.OVERLOADED ? null : rejected(Reason.STORE_UNAVAILABLE, why);
            case Attempt.NotStarted failed -> {
                asking.notHeard();
                yield failed.mayPass() && hasPatience()
                        ? null
                        : rejected(reason(failed), unavailable(vm.get(), failed.trouble()));
            }
            case Attempt.Unconfirmed(ExecutionMode mode, AgentException trouble) -> {
                if (!hasPatience()) {
                    live.failStart(unconfirmed(vm.get(), trouble));
                }
                yield mode == ExecutionMode.SUPERVISED
                        ? settle(Reason.START_UNCONFIRMED, share)
                        : new Outcome.NotStarted(ExecutionState.LOST, Reason.START_UNCONFIRMED);
            }
        };
    }

    /**
     * The agent tells a pid before it passes the input on, and one that ends in between never will. As long as it is at it, it
     * is waited for.
     */
    private @Nullable Outcome awaitInput(long pid, VirtualMachine vm, ReplyBudget.Share share)
            throws InterruptedException {
        InputArrival arrival = parts.starter().arrival(execution.id(), pid, vm, asking);
        InputArrival.State state = InputArrival.State.UNDER_WAY;
        Duration wait = FIRST_WAIT;
        while (state == InputArrival.State.UNDER_WAY && !live.isCancelled()) {
            try {
                state = arrival.look(share, Deadline.after(ATTEMPT));
            } catch (AgentException e) {
                if (!hasPatience()) {
                    live.failStart(unconfirmed(vm, e));
                }
                return settle(Reason.START_UNCONFIRMED, share);
            }
            if (state == InputArrival.State.ARRIVED) {
                return started(pid, share);
            }
            if (attempt.hasPassed() && !hasPatience()) {
                live.failStart(inputUnderWay());
            }
            live.pause(wait);
            if (parts.isStopping()) {
                return new Outcome.ServerStops();
            }
            wait = wait.multipliedBy(2).compareTo(LAST_WAIT) < 0 ? wait.multipliedBy(2) : LAST_WAIT;
        }
        if (!hasPatience()) {
            live.failStart(inputUnderWay());
        }
        return settle(Reason.START_UNCONFIRMED, share);
    }

    private BellhopException inputUnderWay() {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started in VM " + execution.vm()
                        + " because its guest agent has yet to pass on all of its input");
    }

    private Outcome rejected(Reason reason, BellhopException toCaller) {
        live.failStart(toCaller);
        return new Outcome.NotStarted(ExecutionState.REJECTED, reason);
    }

    /**
     * Asks the guest until it tells whether a start has arrived. Absent where none has and it may be started yet.
     *
     * @param unknown why it is lost where the guest cannot tell
     */
    private @Nullable Outcome settle(Reason unknown, ReplyBudget.Share share) throws InterruptedException {
        while (true) {
            Optional<VirtualMachine> vm = parts.starter().directory().find(execution.vm());
            GuestProcess.Ending gone = null;
            boolean toldNothing = false;
            if (vm.isEmpty()) {
                useless.ends();
                gone = stopped.seen();
            } else {
                try {
                    Settled settled = ask(vm.get(), share);
                    if (settled.known) {
                        mayArrive = settled.outcome == null;
                        return settled.outcome;
                    }
                    stopped.answers();
                    toldNothing = true;
                } catch (AgentErrorException | AgentProtocolException | RpcDisabledException | RpcMissingException e) {
                    stopped.answers();
                    toldNothing = true;
                } catch (AgentException e) {
                    useless.ends();
                    gone = stopped.unreachable(vm.get());
                }
            }
            if (gone != null || (toldNothing && useless.exceeds(TELLS_NOTHING))) {
                return new Outcome.NotStarted(ExecutionState.LOST, unknown);
            }
            if (!rest()) {
                return new Outcome.ServerStops();
            }
        }
    }

    /** Whether the guest has told, and then what; no outcome: it may be started. */
    private record Settled(boolean known, @Nullable Outcome outcome) {}

    private Settled ask(VirtualMachine vm, ReplyBudget.Share share) throws AgentException {
        Guest guest = parts.starter().guest(vm.id());
        Deadline deadline = Deadline.after(ATTEMPT);
        boolean giveUp = givenUp || live.isCancelled() || !hasPatience() || denial().isPresent();
        Optional<Inspection> inspection = guest.inspect(vm.agent(), execution.id(), giveUp, asking.sent(), deadline);
        if (inspection.isEmpty()) {
            return new Settled(false, null);
        }
        return switch (inspection.get().claim()) {
            case Inspection.Claim.Run(long pid, UUID boot) -> {
                // What has the pid in another boot of the guest is another process.
                if (boot.equals(inspection.get().boot())) {
                    guest.processes().adopt(execution.id(), pid);
                }
                yield new Settled(true, started(pid, share));
            }
            case Inspection.Claim.Voided voided -> new Settled(true, neverStarted());
            // Where a claim was to be made and could not be, the next time will tell.
            case Inspection.Claim.Nobody nobody -> {
                if (!giveUp) {
                    asking.mayArrive(inspection.get().boot());
                }
                yield new Settled(!giveUp, null);
            }
            case Inspection.Claim.Unfinished unfinished -> new Settled(false, null);
            // Of what the restart has taken with it nobody can say whether it ran; that it cannot run any more is
            // certain.
            case Inspection.Claim.Earlier earlier ->
                new Settled(true, new Outcome.NotStarted(ExecutionState.LOST, Reason.GUEST_RESTARTED));
        };
    }

    private Outcome started(long pid, ReplyBudget.Share share) {
        GuestProcess process = parts.starter().process(execution, ExecutionMode.SUPERVISED, pid, asking.sent(), share);
        return new Outcome.Started(ExecutionMode.SUPERVISED, pid, process);
    }

    /** The void claim stays in the spool, since the start may yet arrive. */
    private Outcome neverStarted() {
        return live.isCancelled()
                ? new Outcome.NotStarted(ExecutionState.CANCELLED, null)
                : new Outcome.NotStarted(
                        ExecutionState.REJECTED,
                        denial().map(StartCheck.Denial::reason).orElse(Reason.NOT_DELIVERED));
    }

    /** False where the server stops. */
    private boolean rest() throws InterruptedException {
        live.pause(stopped.pause(pause));
        pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
        return !parts.isStopping();
    }

    private Optional<StartCheck.Denial> denial() {
        return parts.mayStart().denial(execution);
    }

    private void checkMayStart() {
        denial().ifPresent(denial -> {
            deniedBy = denial.reason();
            throw denial.why();
        });
    }

    private boolean hasPatience() {
        return !patience.hasPassed();
    }

    private BellhopException unconfirmed(VirtualMachine vm, AgentException trouble) {
        live.explainFailure();
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started in VM " + vm.id() + " because "
                        + parts.health().why(vm, trouble),
                trouble);
    }

    private BellhopException unavailable(VirtualMachine vm, AgentException trouble) {
        live.explainFailure();
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                "Cannot run a command in VM " + vm.id() + " because "
                        + parts.health().why(vm, trouble),
                trouble);
    }

    private Reason reason(Attempt.NotStarted failed) {
        if (failed.trouble() instanceof AgentErrorException) {
            return Reason.AGENT_REFUSED;
        }
        boolean waited = failed.mayPass() && delivery.patience().isPositive();
        return waited ? Reason.DELIVERY_TIMEOUT : Reason.AGENT_UNAVAILABLE;
    }
}
