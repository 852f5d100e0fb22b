// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;

/**
 * The moment by which a call must have ended, on the clock of {@link System#nanoTime()}.
 *
 * <p>Pass a deadline on unchanged, so that each step gets the time that the earlier steps have left.
 *
 * @param nanoTime what {@link System#nanoTime()} reads at that moment
 */
public record Deadline(long nanoTime) {

    /** Longer times are shortened to this, since the clock wraps around. */
    private static final Duration MAX_TIME = Duration.ofDays(365);

    /**
     * A deadline this long from now.
     *
     * @param time zero or less gives a deadline that has passed; more than a year counts as a year
     */
    public static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + nanos(time));
    }

    /** The time left, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    /** Whether no time is left. */
    public boolean hasPassed() {
        return remainingNanos() == 0;
    }

    /** The time left in nanoseconds, never negative. */
    public long remainingNanos() {
        return Math.max(0, nanoTime - System.nanoTime());
    }

    /** A time in nanoseconds, from zero to a year. */
    public static long nanos(Duration time) {
        if (time.isNegative()) {
            return 0;
        }
        return time.compareTo(MAX_TIME) >= 0 ? MAX_TIME.toNanos() : time.toNanos();
    }
}
