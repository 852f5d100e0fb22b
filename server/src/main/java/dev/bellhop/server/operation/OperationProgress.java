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
 * Records the steps of one operation before they are taken, and measures their time. For the thread that carries the
 * operation out. When the server stops, that thread gets {@link Stopped} here, and the stored operation is left for the
 * next server.
 */
final class OperationProgress {
    private static final Logger log = LoggerFactory.getLogger(OperationProgress.class);
    private static final Duration STORE_AGAIN = Duration.ofSeconds(1);

    private final LiveOperation live;
    private final OperationStore store;
    private final Clock clock;
    private final Predicate<Operation> mayGoOn;
    private final CountDownLatch stop;
    /** {@link System#nanoTime} of the steps that this process has begun. */
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
     * Returns the time since a kind of step was first begun; empty if it was not. For steps of an earlier server, this
     * depends on the wall clock, which may have been set since.
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

    /** Records a step that is about to be taken; throws if it may not be. */
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

    /** Fails if the VM has a new owner, who must not wait for an operation of the previous one. */
    void requireOwner() throws OperationFailedException {
        if (!mayGoOn.test(operation())) {
            throw new OperationFailedException("it has come to another owner");
        }
    }

    void completed() {
        end(operation().completed(now()));
    }

    /** @param why to follow "because" */
    void failed(String why) {
        String message = "Cannot " + operation().request().action().words() + " VM "
                + operation().vm() + " because " + why;
        end(operation().failed(message, now()));
    }

    /** Retries until it succeeds, because there is nothing else to do. */
    private void end(Operation ended) {
        while (true) {
            try {
                Writes.await(store.update(ended));
                live.is(ended);
                log.info("{}", ended);
                return;
            } catch (BellhopException e) {
                if (e.code() == ErrorCode.NOT_FOUND) {
                    throw new Stopped(); // Retention has deleted the operation: nothing is left to end.
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

    /** Returns whether this process must take no more steps of it. */
    boolean isStopping() {
        return stop.getCount() == 0 || live.isAbandoned();
    }
}
