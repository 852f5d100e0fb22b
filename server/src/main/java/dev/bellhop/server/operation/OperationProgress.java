// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what becomes of one operation, before it does, and keeps the time for it. For the thread that takes the operation on. When
 * the server stops, that thread gets {@link Stopped} here, and the operation is left for the next server as it is stored.
 */
final class OperationProgress {
    private static final Logger log = LoggerFactory.getLogger(OperationProgress.class);
    private static final Duration STORE_AGAIN = Duration.ofSeconds(1);

    private final LiveOperation live;
    private final OperationStore store;
    private final Clock clock;
    private final Predicate<Operation> mayGoOn;
    private final CountDownLatch stop;
    /** When the steps were begun that were here, of {@link System#nanoTime}. */
    private final Map<OperationStep.Kind, Long> begun = new EnumMap<>(OperationStep.Kind.class);

    OperationProgress(
            LiveOperation live, OperationStore store, Clock clock, Predicate<Operation> mayGoOn, CountDownLatch stop) {
        this.live = live;
        this.store = store;
        this.clock = clock;
        this.mayGoOn = mayGoOn;
        this.stop = stop;
    }

    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super(null, null, false, false);
        }
    }

    Operation operation() {
        return live.durable();
    }

    /**
     * How long ago it came to a step first; empty where it has not. Of a step that an earlier server took, as far as the clock can
     * tell, which may have been set since.
     */
    Optional<Duration> since(OperationStep.Kind kind) {
        Long here = begun.get(kind);
        if (here != null) {
            return Optional.of(Duration.ofNanos(System.nanoTime() - here));
        }
        return operation()
                .first(kind)
                .map(at -> Duration.between(at, now()))
                .map(ago -> ago.isNegative() ? Duration.ZERO : ago);
    }

    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** The next step is about to be taken, if it may be. */
    void begin(OperationStep.Kind kind) throws OperationFailedException {
        if (isStopping()) {
            throw new Stopped();
        }
        requireOwner();
        Operation next = operation().at(kind, now());
        begun.putIfAbsent(kind, System.nanoTime());
        try {
            Writes.await(store.update(next));
        } catch (BellhopException e) {
            throw new OperationFailedException(
                    "the next step, " + kind.wireName() + ", could not be stored, and so was not taken");
        }
        live.is(next);
    }

    /** Who has the VM now is not to wait for what another has asked for. */
    void requireOwner() throws OperationFailedException {
        if (!mayGoOn.test(operation())) {
            throw new OperationFailedException("it has come to another owner");
        }
    }

    void completed() {
        end(operation().completed(now()));
    }

    /** @param why to stand after "because" */
    void failed(String why) {
        String message = "Cannot " + operation().request().action().words() + " VM "
                + operation().vm() + " because " + why;
        end(operation().failed(message, now()));
    }

    /** There is nothing else to do, so this is tried until it works. */
    private void end(Operation ended) {
        while (true) {
            try {
                Writes.await(store.update(ended));
                live.is(ended);
                log.info("{}", ended);
                return;
            } catch (BellhopException e) {
                if (e.code() == ErrorCode.NOT_FOUND) {
                    throw new Stopped(); // Retention has deleted it: nothing is left to end.
                }
                log.warn("Cannot store the end of an operation now; trying again: {}", ended);
                pause(STORE_AGAIN);
            }
        }
    }

    void pause(Duration time) {
        try {
            if (stop.await(time.toNanos(), TimeUnit.NANOSECONDS) || isStopping()) {
                throw new Stopped();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Stopped();
        }
    }

    /** Whether this process is to take no more steps of it. */
    boolean isStopping() {
        return stop.getCount() == 0 || live.isAbandoned();
    }
}
