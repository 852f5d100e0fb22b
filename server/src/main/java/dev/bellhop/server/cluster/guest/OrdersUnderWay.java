// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.message.Answer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Orders that are done once each, however many messages ask for them. Those that have ended are kept for whoever has not got the answer: a
 * bounded number of the last ones. Thread safe.
 */
final class OrdersUnderWay {
    private static final int MAX_UNDER_WAY = 2_000;

    private final int maxEnded;

    /** Guarded by this, like what follows. */
    private final Map<UUID, CompletableFuture<Answer>> orders = new HashMap<>();

    private final Queue<UUID> ended = new ArrayDeque<>();

    /** @param maxEnded how many answers are kept */
    OrdersUnderWay(int maxEnded) {
        this.maxEnded = maxEnded;
    }

    /**
     * Does it, unless it was begun before, and waits for its end.
     *
     * @param longest to wait
     * @return {@link Answer#UNDER_WAY} where it goes on; {@link Answer#BUSY} where it was not begun
     */
    Answer once(UUID id, Duration longest, Supplier<Answer> work) {
        CompletableFuture<Answer> order;
        synchronized (this) {
            order = orders.get(id);
            if (order == null) {
                if (orders.size() - ended.size() >= MAX_UNDER_WAY) {
                    return Answer.BUSY;
                }
                CompletableFuture<Answer> begun = new CompletableFuture<>();
                order = begun;
                orders.put(id, begun);
                Thread.ofVirtual().name("guest-order").start(() -> run(id, begun, work));
            }
        }
        return await(order, longest);
    }

    private void run(UUID id, CompletableFuture<Answer> order, Supplier<Answer> work) {
        Answer answer = null;
        try {
            answer = work.get();
        } finally {
            ended(id, answer);
            if (answer == null) {
                // What is no exception of ours is no answer, and nobody is to wait for it.
                order.completeExceptionally(new IllegalStateException("the order did not end"));
            } else {
                order.complete(answer);
            }
        }
    }

    private synchronized void ended(UUID id, @Nullable Answer answer) {
        if (answer == null || answer.status() == Answer.Status.BUSY) {
            orders.remove(id);
            return;
        }
        ended.add(id);
        if (ended.size() > maxEnded) {
            orders.remove(ended.remove());
        }
    }

    private static Answer await(CompletableFuture<Answer> order, Duration longest) {
        try {
            return order.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return Answer.UNDER_WAY;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.UNDER_WAY;
        } catch (ExecutionException e) {
            throw new IllegalStateException("an order did not end", e);
        }
    }
}
