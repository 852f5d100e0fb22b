// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Counts anew, in a cluster, what executions take up: each server counts at once what it stores itself, and what others store when it
 * reads the sums. That takes at most a twentieth of the time, however many there are. For one thread.
 */
final class QuotaRecount {
    /** What others store in so long is not counted yet, unless reading the sums takes more than half a second. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** Once there is too much, by what this server knows. */
    static final Duration PERIOD_WHEN_EXCEEDED = Duration.ofSeconds(1);

    private static final int SHARE = 20;

    private final Runnable recount;
    private final LongSupplier nanos;
    private long ended;
    private long took;

    /** @param nanos as {@link System#nanoTime} */
    QuotaRecount(Runnable recount, LongSupplier nanos) {
        this.recount = recount;
        this.nanos = nanos;
        this.ended = nanos.getAsLong();
    }

    /** Does so unless it was done a short while ago. */
    void attempt(Duration atMostEach) {
        long begun = nanos.getAsLong();
        if (begun - ended < Math.max(atMostEach.toNanos(), SHARE * took)) {
            return;
        }
        try {
            recount.run();
        } finally {
            ended = nanos.getAsLong();
            took = ended - begun;
        }
    }
}
