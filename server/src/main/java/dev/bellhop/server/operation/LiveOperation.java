// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** An unfinished operation, in its stored form. Thread safe; one thread carries it out. */
final class LiveOperation {
    private static final int MAX_NAMES = 100;

    private final CompletableFuture<Void> stored = new CompletableFuture<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final AtomicInteger names = new AtomicInteger();
    private volatile Operation durable;
    private volatile boolean abandoned;

    LiveOperation(Operation operation) {
        durable = operation;
    }

    /** Completes once it is stored for the first time; fails if that fails. */
    CompletableFuture<Void> stored() {
        return stored;
    }

    /** Returns the operation as last stored. */
    Operation durable() {
        return durable;
    }

    /**
     * Returns false if it already has the maximum number of names from other requests: each is stored for as long as
     * the operation.
     */
    boolean takeName() {
        return names.incrementAndGet() <= MAX_NAMES;
    }

    void is(Operation operation) {
        durable = operation;
    }

    /** Stops further steps here: another process continues the operation. */
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Ends the wait for it: the operation or the server has ended. */
    void letGo() {
        end.complete(null);
    }

    /** Waits for the end of the operation or the timeout, then returns it. */
    Operation await(Duration longest) {
        try {
            end.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Returns the operation unfinished.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody lets it fail", e);
        }
        return durable;
    }
}
