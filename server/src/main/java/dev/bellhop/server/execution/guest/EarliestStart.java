// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.WallClock;
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
public record EarliestStart(@Nullable UUID boot, long nanoTime) {
    /** No guest is up for so long. */
    private static final Duration AGES = Duration.ofDays(36_500);

    /** A start that is about to be sent. */
    public static EarliestStart now(@Nullable UUID boot) {
        return new EarliestStart(boot, System.nanoTime());
    }

    /**
     * One that an earlier server may have sent. Where the boot is known, it alone tells: the clock may have been set since.
     *
     * @param asked as it was stored
     * @param now by the same clock
     */
    public static EarliestStart stored(StartIntent asked, Instant now) {
        return asked.boot() == null ? stored(asked.at(), now) : new EarliestStart(asked.boot(), before(AGES));
    }

    /** Likewise, of which no more is known than when it was, at the earliest. */
    public static EarliestStart stored(Instant at, Instant now) {
        return new EarliestStart(null, before(WallClock.between(at, now, AGES.multipliedBy(2))));
    }

    private static long before(Duration time) {
        return System.nanoTime() - time.toNanos();
    }

    Duration ago() {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }
}
