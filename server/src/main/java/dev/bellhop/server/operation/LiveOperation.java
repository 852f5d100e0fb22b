// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** An operation that has not ended, as it is stored. Thread safe; one thread takes it on. */
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

    /** Complete once it is stored for the first time; fails where that did. */
    CompletableFuture<Void> stored() {
        return stored;
    }

    /** The operation as it was stored last. */
    Operation durable() {
        return durable;
    }

    /** False where it has as many names of other requests as it may: each is stored for as long as it is. */
    boolean takeName() {
        return names.incrementAndGet() <= MAX_NAMES;
    }

    void is(Operation operation) {
        durable = operation;
    }

    /** Another process goes on with it: this one takes no more steps. */
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Nothing more becomes of it: it has ended, or the server has. */
    void letGo() {
        end.complete(null);
    }

    /** The operation, once nothing more becomes of it or the wait is over. */
    Operation await(Duration longest) {
        try {
            end.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Then it is as it is.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody lets it fail", e);
        }
        return durable;
    }
}
