// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A freeze of one VM, from before it begins until it is completely over. Thread safe. */
final class HeldFreeze {
    private final VmId vm;
    private final CountDownLatch due = new CountDownLatch(1);

    /** Held during calls to the guest: a freeze in progress is neither thawed nor forgotten. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile @Nullable Lease lease;
    private volatile boolean over;

    /** @param endNanos its end in {@link System#nanoTime}, a clock that no one can set */
    private record Lease(Instant expiresAt, long endNanos, ThawGuard guard) {}

    HeldFreeze(VmId vm) {
        this.vm = vm;
    }

    VmId vm() {
        return vm;
    }

    /** Returns its end; absent before it has begun. */
    @Nullable
    Instant expiresAt() {
        Lease now = lease;
        return now == null ? null : now.expiresAt;
    }

    ReentrantLock turn() {
        return turn;
    }

    /** Returns the guard in the guest; absent before the freeze has begun. */
    @Nullable
    ThawGuard guard() {
        Lease now = lease;
        return now == null ? null : now.guard;
    }

    /**
     * Begins the freeze, which is when its guard exists.
     *
     * @param left until its end
     */
    void begin(Instant expiresAt, Duration left, ThawGuard guard) {
        lease = new Lease(expiresAt, System.nanoTime() + left.toNanos(), guard);
    }

    /** Makes it due immediately. */
    void endNow() {
        due.countDown();
    }

    /** Marks it as completely over. */
    void isOver() {
        over = true;
        due.countDown();
    }

    boolean over() {
        return over;
    }

    /** Waits until it is due, or until the timeout; returns whether it is due. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        long nanos = Math.min(-late().toNanos(), atMost.toNanos());
        return due.await(nanos, TimeUnit.NANOSECONDS) || !late().isNegative();
    }

    /** Returns whether it is due, and thus about to be forgotten. */
    boolean isDue() {
        return due.getCount() == 0 || (lease != null && !late().isNegative());
    }

    /** Returns how long it is overdue; negative before its end. */
    Duration late() {
        return Duration.ofNanos(System.nanoTime() - Objects.requireNonNull(lease).endNanos);
    }
}
