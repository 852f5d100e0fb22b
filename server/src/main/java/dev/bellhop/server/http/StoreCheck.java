// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Checks whether the store can write. The result of a write is valid for a second, and there is one write at a time, so
 * frequent checks cost the store nothing. Thread safe.
 */
final class StoreCheck {
    private static final Duration TELLS_FOR = Duration.ofSeconds(1);
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(1);

    private final Supplier<CompletableFuture<Void>> write;
    private final LongSupplier nanos;

    /** Both guarded by this. */
    private CompletableFuture<Void> last;

    private long begun;

    /**
     * Starts a write immediately, so the first caller need not wait.
     *
     * @param write writes something; completes when the write is durable
     * @param nanos a clock like {@link System#nanoTime}
     */
    StoreCheck(Supplier<CompletableFuture<Void>> write, LongSupplier nanos) {
        this.write = write;
        this.nanos = nanos;
        this.begun = nanos.getAsLong();
        this.last = write.get();
    }

    /** Waits for the write, until at most one second after it began. */
    boolean works() {
        CompletableFuture<Void> latest;
        Duration left;
        synchronized (this) {
            long now = nanos.getAsLong();
            // A second write would only hang behind a hanging one.
            if (last.isDone() && now - begun >= TELLS_FOR.toNanos()) {
                begun = now;
                last = write.get();
            }
            latest = last;
            left = CHECK_TIMEOUT.minusNanos(now - begun);
        }
        try {
            latest.get(Math.max(0, left.toNanos()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
