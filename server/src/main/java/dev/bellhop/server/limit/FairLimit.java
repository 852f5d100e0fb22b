// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A total, such as bytes of memory, that holders share fairly. A holder is an account, or a key without an account.
 *
 * <p>A holder can take more only while its own total is at most the amount that would then remain for others. This is
 * the dynamic threshold of switches whose ports share one buffer (Choudhury and Hahne, 1998). A single holder gets
 * half, two get a third each, and so on. A new holder always finds something, whatever the others do, and nothing has
 * to be reserved for absent holders. A single unit is granted as long as one is left. Thread safe.
 */
public final class FairLimit {
    private final long total;

    /** Both guarded by this. */
    private final Map<String, Long> byHolder = new HashMap<>();

    private long all;

    public FairLimit(long total) {
        this.total = total;
    }

    /** Takes an amount. Returns false and takes nothing if that would exceed the holder's share. */
    public synchronized boolean take(String holder, long amount) {
        long left = total - all - amount;
        if (left < 0 || heldBy(holder) + amount > Math.max(left, 1)) {
            return false;
        }
        takeAnyway(holder, amount);
        return true;
    }

    /** Same as {@link #take(String, long)}, but waits up to {@code longest} for room. */
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

    /** Takes an amount even above the limit, because requests that were already admitted must not be rejected. */
    public synchronized void takeAnyway(String holder, long amount) {
        all += amount;
        if (amount != 0) {
            byHolder.merge(holder, amount, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    /** Returns all or part of an amount to the total. */
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

    /** The amount that one growing object, such as a terminal, holds. Thread safe. */
    public final class Holding implements AutoCloseable {
        private final String holder;

        /** Both guarded by this. */
        private long held;

        private boolean closed;

        private Holding(String holder) {
            this.holder = holder;
        }

        /** Takes more. Returns false and takes nothing if that would exceed the holder's share. */
        public synchronized boolean grow(long amount) {
            if (closed || !FairLimit.this.take(holder, amount)) {
                return false;
            }
            held += amount;
            return true;
        }

        /** Returns part of the amount. */
        public synchronized void shrink(long amount) {
            if (!closed) {
                held -= amount;
                giveBack(holder, amount);
            }
        }

        /** Moves part of the amount to a new holding. */
        public synchronized Holding split(long amount) {
            if (closed || amount > held) {
                throw new IllegalArgumentException("Cannot split off " + amount + " of " + held);
            }
            Holding part = new Holding(holder);
            part.held = amount;
            held -= amount;
            return part;
        }

        /** Returns the whole amount. A closed holding cannot grow. */
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

    /** Returns the number of holders. */
    synchronized int holders() {
        return byHolder.size();
    }

    /** Checks whether a holder could take the amount if there were no other holders. */
    private boolean fitsAtAll(long amount) {
        return amount <= Math.max(total - amount, 1);
    }
}
