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
 * Tells whether the store can write. Each write tells for a second, and there is one at a time, so asking often costs
 * the store nothing. Thread safe.
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
     * Writes at once, so that the first caller need not wait.
     *
     * @param write writes something; complete when that is durable
     * @param nanos as {@link System#nanoTime}
     */
    StoreCheck(Supplier<CompletableFuture<Void>> write, LongSupplier nanos) {
        this.write = write;
        this.nanos = nanos;
        this.begun = nanos.getAsLong();
        this.last = write.get();
    }

    /** Waits for the write, for a second after it was begun at most. */
    boolean works() {
        CompletableFuture<Void> latest;
        Duration left;
        synchronized (this) {
            long now = nanos.getAsLong();
            // One that hangs is not joined by others that would hang behind it.
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
