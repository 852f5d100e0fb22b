// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An amount of something, such as bytes of memory, that holders share fairly: the accounts, and the keys of none.
 *
 * <p>A holder may take more only while all that it then has is at most what is then left for others. That is the dynamic
 * threshold of switches whose ports share one buffer (Choudhury and Hahne, 1998). One holder alone gets half, two get a third
 * each, and so on: whoever comes next finds something, whatever the others do, and nothing has to be set aside for holders
 * that are not there. A single unit is given as long as there is one. Thread safe.
 */
public final class FairLimit {
    private final long total;

    /** Both guarded by this. */
    private final Map<String, Long> byHolder = new HashMap<>();

    private long all;

    public FairLimit(long total) {
        this.total = total;
    }

    /** Takes an amount, or nothing: false where that would be more than the holder's share. */
    public synchronized boolean take(String holder, long amount) {
        long left = total - all - amount;
        if (left < 0 || heldBy(holder) + amount > Math.max(left, 1)) {
            return false;
        }
        takeAnyway(holder, amount);
        return true;
    }

    /** As {@link #take}, and waits for so long until it can be taken. */
    public synchronized boolean take(String holder, long amount, Duration longest) throws InterruptedException {
        long begun = System.nanoTime();
        while (!take(holder, amount)) {
            long left = longest.toNanos() - (System.nanoTime() - begun);
            if (left <= 0 || !fitsAtAll(amount)) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** Takes an amount whatever the limit: what was let in before must not be turned away. */
    public synchronized void takeAnyway(String holder, long amount) {
        all += amount;
        if (amount != 0) {
            byHolder.merge(holder, amount, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    /** Gives back what was taken, or some of it. */
    public synchronized void giveBack(String holder, long amount) {
        if (amount > 0) {
            takeAnyway(holder, -amount);
            notifyAll();
        }
    }

    /** Returns an empty holding. */
    public Holding newHolding(String holder) {
        return new Holding(holder);
    }

    /** The amount of one thing that grows, such as a terminal. Thread safe. */
    public final class Holding implements AutoCloseable {
        private final String holder;

        /** Both guarded by this. */
        private long held;

        private boolean closed;

        private Holding(String holder) {
            this.holder = holder;
        }

        /** Takes so much more, or nothing: false where that would be more than the holder's share. */
        public synchronized boolean grow(long amount) {
            if (closed || !FairLimit.this.take(holder, amount)) {
                return false;
            }
            held += amount;
            return true;
        }

        /** Gives back some of it. */
        public synchronized void shrink(long amount) {
            if (!closed) {
                held -= amount;
                giveBack(holder, amount);
            }
        }

        /** Moves some of it to a new holding. */
        public synchronized Holding split(long amount) {
            if (closed || amount > held) {
                throw new IllegalArgumentException("Cannot split off " + amount + " of " + held);
            }
            Holding part = new Holding(holder);
            part.held = amount;
            held -= amount;
            return part;
        }

        /** Gives back everything. A closed holding cannot grow. */
        @Override
        public synchronized void close() {
            closed = true;
            giveBack(holder, held);
            held = 0;
        }
    }

    public synchronized long heldBy(String holder) {
        return byHolder.getOrDefault(holder, 0L);
    }

    public synchronized long held() {
        return all;
    }

    /** How many have some of it. */
    synchronized int holders() {
        return byHolder.size();
    }

    /** Whether a holder could take it if nobody had anything. */
    private boolean fitsAtAll(long amount) {
        return amount <= Math.max(total - amount, 1);
    }
}
