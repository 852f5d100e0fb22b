// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.script.GroupAction;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what runs of an execution in its guest, and tries again until the execution has ended: the agent may be away, the
 * command may only be about to start.
 */
final class Cancellation implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Cancellation.class);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Backoff REACHED = Backoff.doubling(FIRST_PAUSE, Duration.ofSeconds(2));

    /** The agent may be away for days. */
    private static final Backoff AWAY = Backoff.doubling(FIRST_PAUSE, Duration.ofSeconds(10));

    private final LiveExecution live;
    private final Duration grace;
    private final Guest guest;
    private final Shutdown shutdown;

    /** @param grace how long the command has to end after TERM, before KILL */
    Cancellation(LiveExecution live, Duration grace, Guest guest, Shutdown shutdown) {
        this.live = live;
        this.grace = grace;
        this.guest = guest;
        this.shutdown = shutdown;
    }

    @Override
    public void run() {
        for (int attempt = 0; isWanted(); attempt++) {
            boolean reached = attempt();
            if (reached) {
                // What was done there shows when it is looked at again.
                live.wake();
            }
            Duration pause = (reached ? REACHED : AWAY).pause(attempt);
            if (live.awaitEnd(pause) != null || Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }

    private boolean isWanted() {
        // The agent alone looks after one that was cancelled while it was not known how it would be run.
        boolean direct = live.durable().mode() == ExecutionMode.DIRECT;
        // Each sooner one has its own, which leaves nothing to do for this.
        return !shutdown.hasBegun() && !direct && !live.isCancelledSooner(grace);
    }

    /** Whether the agent has answered. */
    private boolean attempt() {
        Execution execution = live.durable();
        Optional<VirtualMachine> vm = guest.vm();
        if (vm.isEmpty()) {
            return false;
        }
        try {
            Optional<GroupAction.Outcome> outcome =
                    guest.cancel(execution.id(), grace, vm.get().agent(), Deadline.after(grace.plus(CALL_TIMEOUT)));
            if (outcome.equals(Optional.of(GroupAction.Outcome.LEFT))) {
                log.warn("Some processes of execution {} in VM {} cannot be ended", execution.id(), execution.vm());
            }
            return true;
        } catch (AgentException e) {
            log.debug("Cannot cancel execution {} now", execution.id(), e);
            return false;
        }
    }
}
