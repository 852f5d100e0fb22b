// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Before when no guest can have heard of a start. Its guest is told, to say whether it has been up ever since: only then does
 * it know for certain that it has not run a command of which it finds no trace.
 *
 * @param boot which boot of the guest there was, or an earlier one; absent where that is not known
 * @param nanoTime of {@link System#nanoTime}
 */
record StartMoment(@Nullable UUID boot, long nanoTime) {
    /** No guest is up for so long. */
    private static final Duration AGES = Duration.ofDays(36_500);

    /** A start that is about to be sent. */
    static StartMoment now(@Nullable UUID boot) {
        return new StartMoment(boot, System.nanoTime());
    }

    /**
     * One that an earlier server may have sent. Where the boot is known, it alone tells: the clock may have been set since.
     *
     * @param asked as it was stored
     * @param now by the same clock
     */
    static StartMoment stored(Asked asked, Instant now) {
        return asked.boot() == null ? stored(asked.at(), now) : new StartMoment(asked.boot(), before(AGES));
    }

    /** Likewise, of which no more is known than when it was, at the earliest. */
    static StartMoment stored(Instant at, Instant now) {
        return new StartMoment(null, before(WallClock.between(at, now, AGES.multipliedBy(2))));
    }

    private static long before(Duration time) {
        return System.nanoTime() - time.toNanos();
    }

    /** How long ago it was. */
    Duration ago() {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }
}
