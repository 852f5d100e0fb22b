// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has NATS refuse the keys of nodes that were revoked or removed. The store has them all, and NATS is told all of them: so it does not
 * matter which server tells it, whether two do so at once, or whether NATS has lost its disk. Thread safe.
 */
public final class NodeRevocations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeRevocations.class);

    /** After NATS, or the database, did not answer. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** Of two servers that tell NATS something at once, one may undo what the other one did. */
    private static final Duration INTERVAL = Duration.ofMinutes(10);

    /**
     * How far the clock of a server that signs may be ahead of the database's, which says when a key was revoked. Nothing is signed for
     * a key later on, so nothing is lost by more.
     */
    private static final Duration CLOCKS = Duration.ofMinutes(10);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final EnrolmentStore store;
    private final Nats nats;
    private final Semaphore woken = new Semaphore(0);
    private volatile boolean closed;
    private @Nullable Thread thread;

    /** What NATS has been told; guarded by this. */
    private Map<String, Instant> told = Map.of();

    private boolean isFailing;

    /** NATS, as far as this is concerned. */
    @FunctionalInterface
    public interface Nats {
        /**
         * Has it refuse what was signed for these public keys until then, and ends their connections.
         *
         * @throws IOException where it is not certain that it did
         */
        void revokeAll(Map<String, Instant> keys) throws IOException, InterruptedException;
    }

    public NodeRevocations(EnrolmentStore store, Nats nats) {
        this.store = store;
        this.nats = nats;
    }

    /** From now on NATS is told whenever there is something new. */
    public void start() {
        thread = Thread.ofVirtual().name("node-revocations").start(this::run);
    }

    private void run() {
        try {
            long toldAt = System.nanoTime();
            while (!closed) {
                Duration pause = revokeNow() ? INTERVAL : PAUSE;
                var _ = woken.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                woken.drainPermits();
                if (System.nanoTime() - toldAt > INTERVAL.toNanos()) {
                    forgetTold();
                    toldAt = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Some keys may have been revoked, by whichever server. Waits for nothing. */
    public void wake() {
        woken.release();
    }

    /** NATS is back, and may have lost what it was told. Waits for nothing. */
    public void tellAgain() {
        // Beside: whoever calls this must not wait for NATS.
        Thread.ofVirtual().start(() -> {
            forgetTold();
            wake();
        });
    }

    private synchronized void forgetTold() {
        told = Map.of();
    }

    /** Tells NATS now, and returns whether it knows all; where not, it is told as soon as it answers. */
    public synchronized boolean revokeNow() throws InterruptedException {
        try {
            Map<String, Instant> keys = store.revokedKeys().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().plus(CLOCKS)));
            if (!keys.isEmpty() && !keys.equals(told)) {
                nats.revokeAll(keys);
            }
            told = keys;
            isFailing = false;
            return true;
        } catch (IOException | RuntimeException e) {
            if (!isFailing) {
                log.warn("NATS does not know yet which nodes were revoked; trying again: {}", e.getMessage());
            }
            isFailing = true;
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
            try {
                thread.join(CLOSE_TIMEOUT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
