// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.script.GroupAction;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends executions that somebody wants to end: at once, and not only when that is stored, since a command that fills the
 * disk has to end most of all. It tries until the execution has ended: the agent may be away, the command may only be about
 * to start. Thread safe.
 */
final class Cancellations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Cancellations.class);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Backoff REACHED = Backoff.doubling(FIRST_PAUSE, Duration.ofSeconds(2));

    /** The agent may be away for days. */
    private static final Backoff AWAY = Backoff.doubling(FIRST_PAUSE, Duration.ofSeconds(10));

    private final ResultRecorder recorder;
    private final Guests guests;
    private final Shutdown shutdown;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("cancellation-", 0).factory());

    Cancellations(ResultRecorder recorder, Guests guests, Shutdown shutdown) {
        this.recorder = recorder;
        this.guests = guests;
        this.shutdown = shutdown;
    }

    /** As {@link Engine#cancel}. */
    boolean cancel(LiveExecution live, Duration grace, Deadline deadline) {
        boolean sooner = begin(live, grace);
        if (live.isCancelStored()) {
            return true;
        }
        Duration soonest = Objects.requireNonNull(live.cancelGrace());
        try {
            Writes.await(recorder.intake().cancel(live.id(), soonest), deadline.remaining());
            live.cancelStored(soonest);
        } catch (BellhopException e) {
            if (sooner) {
                threads.execute(() -> storeLater(live, soonest));
            }
        }
        return live.isCancelStored();
    }

    /** Goes on with what an earlier server was told. */
    void goOn(LiveExecution live, Duration grace) {
        live.cancelStored(grace);
        begin(live, grace);
    }

    /** False where somebody has wanted that already, and as soon. */
    private boolean begin(LiveExecution live, Duration grace) {
        boolean sooner = live.cancel(grace);
        if (sooner && !live.cancelBeforeStart()) {
            Guest guest = guests.of(live.durable().vm());
            threads.execute(() -> endInGuest(live, grace, guest));
        }
        return sooner;
    }

    private void storeLater(LiveExecution live, Duration grace) {
        try {
            recorder.cancel(live.id(), grace);
            live.cancelStored(grace);
        } catch (NotHeldException e) {
            log.debug("Another process ends execution {}", live.id());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endInGuest(LiveExecution live, Duration grace, Guest guest) {
        for (int attempt = 0; isWanted(live, grace); attempt++) {
            boolean reached = reaches(live.durable(), grace, guest);
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

    private boolean isWanted(LiveExecution live, Duration grace) {
        // The agent alone looks after one that was cancelled while it was not known how it would be run.
        boolean direct = live.durable().mode() == ExecutionMode.DIRECT;
        // Each sooner one has its own, which leaves nothing to do for this.
        return !shutdown.hasBegun() && !live.isLetGo() && !direct && !live.isCancelledSooner(grace);
    }

    private static boolean reaches(Execution execution, Duration grace, Guest guest) {
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

    /** Waits for nothing: what was begun in a guest goes on there, and the next server sees to the rest. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
