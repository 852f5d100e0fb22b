// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Ends executions that somebody wants to end: at once, and not only when that is stored, since a command that fills the
 * disk has to end most of all. Thread safe.
 */
final class Cancellations implements AutoCloseable {
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

    /**
     * Begins to end an execution, and stores that it is to end; later, where the store fails now.
     *
     * @return whether it is durable
     */
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
            threads.execute(
                    new Cancellation(live, grace, guests.of(live.durable().vm()), shutdown));
        }
        return sooner;
    }

    private void storeLater(LiveExecution live, Duration grace) {
        try {
            recorder.cancel(live.id(), grace);
            live.cancelStored(grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for nothing: what was begun in a guest goes on there, and the next server sees to the rest. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
