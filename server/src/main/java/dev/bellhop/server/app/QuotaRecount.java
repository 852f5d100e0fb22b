// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Recounts the space that executions use, in a cluster: each server counts its own writes immediately, and those of
 * others when it reads the sums. That takes at most a twentieth of the time for any number of executions. For one
 * thread.
 */
final class QuotaRecount {
    /** Writes of other servers are counted within this time, unless reading the sums takes more than half a second. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** Period while this server sees the limit exceeded. */
    static final Duration PERIOD_WHEN_EXCEEDED = Duration.ofSeconds(1);

    private static final int SHARE = 20;

    private final Runnable recount;
    private final LongSupplier nanos;
    private long ended;
    private long took;

    /** @param nanos the time, like {@link System#nanoTime} */
    QuotaRecount(Runnable recount, LongSupplier nanos) {
        this.recount = recount;
        this.nanos = nanos;
        this.ended = nanos.getAsLong();
    }

    /** Recounts, unless the last time is too recent. */
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
