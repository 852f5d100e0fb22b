// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

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
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();

    /** Both guarded by the lock. */
    private final Map<String, Long> byHolder = new HashMap<>();

    private long all;

    public FairLimit(long total) {
        this.total = total;
    }

    /** Takes an amount, or nothing: false where that would be more than the holder's share. */
    public boolean take(String holder, long amount) {
        lock.lock();
        try {
            return takeNow(holder, amount);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #take}, and waits for so long until it can be taken. */
    public boolean take(String holder, long amount, Duration longest) throws InterruptedException {
        long left = longest.toNanos();
        lock.lockInterruptibly();
        try {
            while (!takeNow(holder, amount)) {
                if (left <= 0 || !fitsAtAll(amount)) {
                    return false;
                }
                left = returned.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes an amount whatever the limit: what was let in before must not be turned away. */
    public void takeAnyway(String holder, long amount) {
        lock.lock();
        try {
            add(holder, amount);
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what was taken, or some of it. */
    public void giveBack(String holder, long amount) {
        lock.lock();
        try {
            add(holder, -amount);
            returned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What a holder has now. */
    public long heldBy(String holder) {
        lock.lock();
        try {
            return byHolder.getOrDefault(holder, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** What all have now. */
    public long held() {
        lock.lock();
        try {
            return all;
        } finally {
            lock.unlock();
        }
    }

    private boolean takeNow(String holder, long amount) {
        long left = total - all - amount;
        if (left < 0 || byHolder.getOrDefault(holder, 0L) + amount > Math.max(left, 1)) {
            return false;
        }
        add(holder, amount);
        return true;
    }

    /** Whether a holder could take it if nobody had anything. */
    private boolean fitsAtAll(long amount) {
        return amount <= Math.max(total - amount, 1);
    }

    private void add(String holder, long amount) {
        all += amount;
        byHolder.merge(holder, amount, (a, b) -> a + b == 0 ? null : a + b);
    }
}
