// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Turns at a resource with few places, such as the processor. The holder whose last turn was the longest ago gets the
 * next free place. A holder is an account, or a key without an account. A holder with a thousand requests delays
 * another holder by one turn. Thread safe.
 */
public final class FairTurns {
    /** Work on fewer bytes takes less time than a turn is worth. */
    private static final int SMALL = 16 * 1024;

    private final int places;

    /**
     * Waiting turns by holder; the first holder is the next one to get a turn. No holder has an empty queue. Guarded by
     * this, like {@link #taken}.
     */
    private final Map<String, Deque<CountDownLatch>> waiting = new LinkedHashMap<>();

    private int taken;

    public FairTurns(int places) {
        this.places = places;
    }

    /**
     * Returns turns on half the processors, for work of more than a millisecond. Virtual threads are not time-sliced: without turns,
     * such work of one tenant would keep the threads of all others from running.
     */
    public static FairTurns onHalfTheProcessors() {
        return new FairTurns(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /** Returns the turns of one holder. */
    public Share of(String holder) {
        return new Share(holder);
    }

    private synchronized boolean isFree() {
        if (taken < places) {
            taken++;
            return true;
        }
        return false;
    }

    /** Returns a latch that opens when the place is taken; it is open already if there is a free place. */
    private synchronized CountDownLatch queue(String holder) {
        CountDownLatch turn = new CountDownLatch(1);
        if (isFree()) {
            turn.countDown();
            return turn;
        }
        Deque<CountDownLatch> turns = waiting.get(holder);
        if (turns == null) {
            // Fill the queue before adding it: an empty queue that an error left behind would keep its place forever.
            turns = new ArrayDeque<>();
            turns.add(turn);
            waiting.put(holder, turns);
        } else {
            turns.add(turn);
        }
        return turn;
    }

    /** Returns true if the turn was still waiting. */
    private synchronized boolean forget(String holder, CountDownLatch turn) {
        Deque<CountDownLatch> turns = waiting.get(holder);
        if (turns == null || !turns.remove(turn)) {
            return false;
        }
        if (turns.isEmpty()) {
            waiting.remove(holder);
        }
        return true;
    }

    private synchronized void leave() {
        Iterator<Map.Entry<String, Deque<CountDownLatch>>> holders =
                waiting.entrySet().iterator();
        if (!holders.hasNext()) {
            taken--;
            return;
        }
        Map.Entry<String, Deque<CountDownLatch>> next = holders.next();
        String holder = next.getKey();
        Deque<CountDownLatch> turns = next.getValue();
        holders.remove();
        turns.remove().countDown();
        if (!turns.isEmpty()) {
            waiting.put(holder, turns);
        }
    }

    private synchronized boolean isWaitedFor() {
        return !waiting.isEmpty();
    }

    /**
     * The turns of one holder. Work in a turn must not wait for a client or a guest, nor for another turn of the same kind. Thread
     * safe.
     */
    public final class Share {
        private final String holder;

        private Share(String holder) {
            this.holder = holder;
        }

        /** Does work in a turn. */
        public <T> T take(Supplier<T> work) {
            enter();
            try {
                return work.get();
            } finally {
                leave();
            }
        }

        /** Does work on more than a few bytes in a turn, and other work immediately. */
        public <T> T take(long bytes, Supplier<T> work) {
            return bytes <= SMALL ? work.get() : take(work);
        }

        /** Waits for a turn, which ends with {@link #leave}. An interrupt does not end the wait, because turns are short. */
        public void enter() {
            boolean interrupted = false;
            CountDownLatch turn = queue(holder);
            while (true) {
                try {
                    turn.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        /** Same as {@link #enter()}, with a timeout. Returns false on timeout or interrupt. */
        public boolean enter(Duration timeout) {
            CountDownLatch turn = queue(holder);
            try {
                if (turn.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                    return true;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return !forget(holder, turn);
        }

        public void leave() {
            FairTurns.this.leave();
        }

        /** Ends a turn and waits for the next one if another holder waits. Long work calls it between two pieces. */
        public void giveWay() {
            if (isWaitedFor()) {
                leave();
                enter();
            }
        }
    }
}
