// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How much memory large replies may take at once, over all agents that share this budget. Thread safe.
 *
 * <p>A reply counts from 256 KiB on, with what its decoded bytes take while it is being read. When there is no room its
 * reading stops, which holds the agent back through the socket, until another reply has been handed over or its own
 * deadline passes. They take turns in the order they came. One reply at a time may go beyond the budget, so that replies
 * that wait for each other still get done: the most ever held is the budget and one reply. A guest that sends a large
 * reply slowly keeps its part until its call's deadline.
 *
 * <p>A caller that keeps results for a while after their call has ended, say until they are on a disk, makes a
 * {@link Share} and passes it to the call: the result then counts until that share is closed.
 */
public final class ReplyBudget {

    private static final ReplyBudget SHARED =
            new ReplyBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 4));

    private final long bytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Share> waiting = new ArrayDeque<>();
    private long held;
    /** The one reply that may go beyond the budget. */
    private @Nullable Share overrunner;

    /**
     * A budget of this many bytes.
     *
     * @throws IllegalArgumentException when it is negative
     */
    public ReplyBudget(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("Cannot make a reply budget because it is negative");
        }
        this.bytes = bytes;
    }

    /** The budget that agents share unless they are told otherwise: a quarter of the largest heap, 32 MiB at least. */
    public static ReplyBudget shared() {
        return SHARED;
    }

    /** The bytes that all replies together may take. */
    public long bytes() {
        return bytes;
    }

    /** A share of nothing, to grow with a reply. */
    public Share newShare() {
        return new Share();
    }

    /** The bytes that are held now. */
    public long held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** What one reply holds. Used by one thread. */
    public final class Share implements AutoCloseable {

        private long mine;

        private Share() {}

        /**
         * Waits for room for more bytes and takes it.
         *
         * @return false if the deadline passed first; what was held before is still held
         */
        public boolean grow(long more, Deadline deadline) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                if (overrunner != this) {
                    waiting.addLast(this);
                    try {
                        while (waiting.peekFirst() != this || !mayTake(more)) {
                            if (changed.awaitNanos(deadline.remainingNanos()) <= 0 && deadline.hasPassed()) {
                                return false;
                            }
                        }
                    } finally {
                        waiting.remove(this);
                        changed.signalAll();
                    }
                }
                held += more;
                mine += more;
                return true;
            } finally {
                lock.unlock();
            }
        }

        private boolean mayTake(long more) {
            if (held + more <= bytes) {
                return true;
            }
            if (overrunner == null) {
                overrunner = this;
                return true;
            }
            return false;
        }

        /** Gives everything back; the share may grow anew. */
        public void giveBack() {
            lock.lock();
            try {
                held -= mine;
                mine = 0;
                if (overrunner == this) {
                    overrunner = null;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            giveBack();
        }
    }
}
