// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits until writes to the store are durable, and rethrows their failures unwrapped. */
public final class Writes {
    /** The longest wait for an outcome. The server gives up on a database after 5 seconds, so only unknown outcomes take longer. */
    private static final Duration LONGEST = Duration.ofSeconds(7);

    private Writes() {}

    public static <T> T await(CompletableFuture<T> write) {
        try {
            return write.join();
        } catch (CompletionException e) {
            throw unwrapped(e);
        }
    }

    /**
     * Waits for a write, which continues if it takes longer.
     *
     * @throws BellhopException of the write; {@code STORE_UNAVAILABLE} also if it took longer
     */
    public static <T> T await(CompletableFuture<T> write, Duration longest) {
        try {
            return write.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } catch (TimeoutException e) {
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the database does not answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the server is shutting down");
        }
    }

    /**
     * Like {@link #await(CompletableFuture, Duration)}, for a write that completes only when its outcome is known. The
     * wait is limited to 7 seconds.
     */
    public static <T> T awaitOutcome(CompletableFuture<T> write, Duration longest) {
        return await(write, longest.compareTo(LONGEST) < 0 ? longest : LONGEST);
    }

    /** Like {@link #awaitOutcome(CompletableFuture, Duration)}, for a caller without a deadline. */
    public static <T> T awaitOutcome(CompletableFuture<T> write) {
        return await(write, LONGEST);
    }

    private static RuntimeException unwrapped(Exception e) {
        return switch (e.getCause()) {
            case BellhopException failure -> failure;
            case OutdatedException outdated -> outdated;
            case NotHeldException notHeld -> notHeld;
            case null, default -> new IllegalStateException("a write to the store failed", e);
        };
    }
}
