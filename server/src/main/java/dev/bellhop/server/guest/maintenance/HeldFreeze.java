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

/** A freeze of one VM from before it begins until nothing is left of it. Thread safe. */
final class HeldFreeze {
    private final VmId vm;
    private final CountDownLatch due = new CountDownLatch(1);

    /** Held while something is done to the guest: what is half frozen is not thawed, nor forgotten. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile @Nullable Lease lease;
    private volatile boolean over;

    /** @param endNanos when it is to end, of {@link System#nanoTime}: nobody sets that clock */
    private record Lease(Instant expiresAt, long endNanos, ThawGuard guard) {}

    HeldFreeze(VmId vm) {
        this.vm = vm;
    }

    VmId vm() {
        return vm;
    }

    /** Absent before it has begun. */
    @Nullable
    Instant expiresAt() {
        Lease now = lease;
        return now == null ? null : now.expiresAt;
    }

    ReentrantLock turn() {
        return turn;
    }

    /** What thaws in the guest; absent before it has begun. */
    @Nullable
    ThawGuard guard() {
        Lease now = lease;
        return now == null ? null : now.guard;
    }

    /**
     * It begins now, which is when its guard is there.
     *
     * @param left until it is to end
     */
    void begin(Instant expiresAt, Duration left, ThawGuard guard) {
        lease = new Lease(expiresAt, System.nanoTime() + left.toNanos(), guard);
    }

    /** It is to end at once. */
    void endNow() {
        due.countDown();
    }

    /** Nothing is left of it. */
    void isOver() {
        over = true;
        due.countDown();
    }

    boolean over() {
        return over;
    }

    /** Waits until it is to end, or for a while; true where it is to end. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        long nanos = Math.min(-late().toNanos(), atMost.toNanos());
        return due.await(nanos, TimeUnit.NANOSECONDS) || !late().isNegative();
    }

    /** Whether it is to end by now, so that it is about to be forgotten. */
    boolean isDue() {
        return due.getCount() == 0 || (lease != null && !late().isNegative());
    }

    /** How long ago it was to end; negative before that. */
    Duration late() {
        return Duration.ofNanos(System.nanoTime() - Objects.requireNonNull(lease).endNanos);
    }
}
