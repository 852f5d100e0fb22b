// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
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
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

    /** Likewise while the agent is away, which may be for days. */
    private static final Duration LAST_PAUSE_AWAY = Duration.ofSeconds(10);

    private final LiveExecution live;
    private final Duration grace;
    private final ExecutionParts parts;

    /** @param grace how long the command has to end after TERM, before KILL */
    Cancellation(LiveExecution live, Duration grace, ExecutionParts parts) {
        this.live = live;
        this.grace = grace;
        this.parts = parts;
    }

    @Override
    public void run() {
        Duration pause = FIRST_PAUSE;
        while (isWanted()) {
            boolean reached = attempt();
            if (reached) {
                // What was done there shows when it is looked at again.
                live.wake();
            }
            if (live.awaitEnd(pause) != null || Thread.currentThread().isInterrupted()) {
                return;
            }
            Duration longest = reached ? LAST_PAUSE : LAST_PAUSE_AWAY;
            pause = pause.multipliedBy(2).compareTo(longest) < 0 ? pause.multipliedBy(2) : longest;
        }
    }

    private boolean isWanted() {
        // The agent alone looks after one that was cancelled while it was not known how it would be run.
        boolean direct = live.durable().mode() == ExecutionMode.DIRECT;
        // Each sooner one has its own, which leaves nothing to do for this.
        return !parts.isStopping() && !direct && !live.isCancelledSooner(grace);
    }

    /** Whether the agent has answered. */
    private boolean attempt() {
        Execution execution = live.durable();
        Optional<VirtualMachine> vm = parts.starter().directory().find(execution.vm());
        if (vm.isEmpty()) {
            return false;
        }
        Guest guest = parts.starter().guest(execution.vm());
        try {
            byte[] answer = guest.script(
                            vm.get().agent(),
                            parts.starter().supervisors().of(execution.id()).cancel(execution.id(), grace),
                            Deadline.after(grace.plus(CALL_TIMEOUT)))
                    .stdout();
            if (GroupAction.CANCEL.parse(answer, execution.id()).equals(Optional.of(GroupAction.Outcome.LEFT))) {
                log.warn("Some processes of execution {} in VM {} cannot be ended", execution.id(), execution.vm());
            }
            return true;
        } catch (AgentException e) {
            log.debug("Cannot cancel execution {} now", execution.id(), e);
            return false;
        }
    }
}
