// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Says yes once in each interval, for warnings that others could cause without end. Thread safe. */
final class Occasionally {
    private final long interval;
    private final AtomicLong next;

    /**
     * Says yes at first.
     *
     * @param now of {@link System#nanoTime}
     */
    Occasionally(Duration interval, long now) {
        this.interval = interval.toNanos();
        this.next = new AtomicLong(now);
    }

    /**
     * Whether it is time.
     *
     * @param now of {@link System#nanoTime}
     */
    boolean isDue(long now) {
        long due = next.get();
        return now - due >= 0 && next.compareAndSet(due, now + interval);
    }
}
