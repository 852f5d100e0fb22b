// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Settlement;
import dev.bellhop.server.execution.guest.StartIntentLog;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.execution.guest.Stopwatch;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from the guest whether a start of one execution has arrived, for as long as that takes. The supervisor's claim
 * says whether it was started, and a claim made in its place says for certain that it never will be. Used by one thread.
 */
final class StartSettler {
    /** What an agent gets to answer one attempt. */
    static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(10);

    /** A guest that has answered for so long, and never told what became of a start, never will. */
    private static final Duration NO_TELL_TIMEOUT = Duration.ofHours(1);

    private static final Backoff RETRY = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final LiveExecution live;
    private final Execution execution;
    private final StartIntentLog intents;
    private final Deadline deliveryTimeout;
    private final StartServices services;
    private final Guest guest;
    private final StoppedVm stopped;
    private final Stopwatch useless;
    private int rests;
    private boolean givenUp;

    /** @param deliveryTimeout ends the wait for an agent that is not there */
    StartSettler(LiveExecution live, StartIntentLog intents, Deadline deliveryTimeout, StartServices services) {
        this.live = live;
        this.execution = live.durable();
        this.intents = intents;
        this.deliveryTimeout = deliveryTimeout;
        this.services = services;
        this.guest = services.guests().of(execution.vm());
        this.stopped = services.guests().stoppedVm(services.nanoTime());
        this.useless = new Stopwatch(services.nanoTime());
    }

    /** From now on what may arrive is to find a claim in its place. */
    void giveUp() {
        givenUp = true;
    }

    /**
     * Asks the guest until it tells. Absent if the start has not arrived, and may be sent again.
     *
     * @param unknown why it is lost if the guest cannot tell
     */
    @Nullable
    StartOutcome settle(Reason unknown, ReplyBudget.Share share) throws InterruptedException {
        while (true) {
            Optional<VirtualMachine> vm = guest.vm();
            boolean gone = false;
            boolean toldNothing = false;
            if (vm.isEmpty()) {
                useless.ends();
                gone = stopped.isGone();
            } else {
                try {
                    switch (ask(vm.get())) {
                        case Settlement.Started(long pid) -> {
                            return started(ExecutionMode.SUPERVISED, pid, share);
                        }
                        case Settlement.Voided _ -> {
                            return neverStarted();
                        }
                        case Settlement.Restarted _ -> {
                            return new StartOutcome.NotStarted(ExecutionState.LOST, Reason.GUEST_RESTARTED);
                        }
                        case Settlement.NotThere(var boot) -> {
                            intents.mayArriveIn(boot);
                            return null;
                        }
                        case Settlement.Unknown _ -> {
                            stopped.answers();
                            toldNothing = true;
                        }
                    }
                } catch (AgentErrorException | AgentProtocolException | RpcDisabledException | RpcMissingException e) {
                    stopped.answers();
                    toldNothing = true;
                } catch (AgentException e) {
                    useless.ends();
                    gone = stopped.isGone(vm.get());
                }
            }
            if (gone || (toldNothing && useless.exceeds(NO_TELL_TIMEOUT))) {
                return new StartOutcome.NotStarted(ExecutionState.LOST, unknown);
            }
            if (!rest()) {
                return new StartOutcome.ServerStops();
            }
        }
    }

    private Settlement ask(VirtualMachine vm) throws AgentException {
        Deadline deadline = Deadline.after(ATTEMPT_TIMEOUT);
        boolean claim = givenUp
                || live.isCancelled()
                || deliveryTimeout.hasPassed()
                || services.mayStart().earlyDenial(execution).isPresent();
        return guest.settle(execution.id(), vm.agent(), claim, intents.sent(), deadline);
    }

    StartOutcome started(ExecutionMode mode, long pid, ReplyBudget.Share share) {
        return new StartOutcome.Started(
                mode, pid, services.processes().started(execution, mode, pid, intents.sent(), share));
    }

    /** The void claim stays in the spool, since the start may yet arrive. */
    private StartOutcome neverStarted() {
        return live.isCancelled()
                ? new StartOutcome.NotStarted(ExecutionState.CANCELLED, null)
                : new StartOutcome.NotStarted(
                        ExecutionState.REJECTED,
                        services.mayStart()
                                .earlyDenial(execution)
                                .map(StartCheck.Denial::reason)
                                .orElse(Reason.NOT_DELIVERED));
    }

    /** Waits until it is worth trying again. False if the server stops. */
    boolean rest() throws InterruptedException {
        live.pause(stopped.pause(RETRY.pause(rests++)));
        return !services.shutdown().hasBegun();
    }
}
