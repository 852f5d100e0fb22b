// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for what as a rule comes within milliseconds, with one timer for all: to set a timer for each wait and to take it
 * back wakes a thread twice, which costs a command about as much as its supervisor's bookkeeping. Whoever waits in vain
 * learns of it a little late. Thread safe.
 */
final class CoarseTimer implements AutoCloseable {
    /** How late at most. */
    static final Duration TICK = Duration.ofMillis(50);

    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ticks = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("coarse-waits").factory());

    /** @param over complete when what is waited for is there, or the time is over */
    private record Wait(long until, CompletableFuture<Void> over) {}

    /**
     * Waits until the future is complete, in whatever way, or for so long. For futures that few wait for in vain: each
     * such wait is remembered until the future is complete.
     */
    boolean await(CompletableFuture<?> future, Duration longest) throws InterruptedException {
        if (!future.isDone() && longest.isPositive()) {
            Wait wait = new Wait(System.nanoTime() + longest.toNanos(), new CompletableFuture<>());
            var _ = future.whenComplete((value, failure) -> wait.over.complete(null));
            waits.add(wait);
            tickLater();
            try {
                wait.over.get();
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException("nobody lets a wait fail", e);
            } finally {
                waits.remove(wait);
            }
        }
        return future.isDone();
    }

    private void tickLater() {
        if (ticks.compareAndSet(false, true)) {
            Future<?> _ = timer.schedule(this::tick, TICK.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void tick() {
        ticks.set(false);
        long now = System.nanoTime();
        for (Wait wait : waits) {
            if (wait.until - now <= 0) {
                wait.over.complete(null);
            }
        }
        if (!waits.isEmpty()) {
            tickLater();
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        waits.forEach(wait -> wait.over.complete(null));
    }
}
