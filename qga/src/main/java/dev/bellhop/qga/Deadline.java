// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;

/**
 * The moment by which a call must have ended, on the clock of {@link System#nanoTime()}.
 *
 * <p>A deadline is handed down unchanged, so that each step gets what the steps before it left over.
 *
 * @param nanoTime the moment, as {@link System#nanoTime()} will read then
 */
public record Deadline(long nanoTime) {

    /** Longer waits than this are cut down to it, to keep the arithmetic of a wrapping clock sound. */
    private static final Duration MAX_TIME = Duration.ofDays(365);

    /**
     * The deadline that passes when this much time has gone by.
     *
     * @param time from now on; zero or less gives a deadline that has passed, more than a year is taken for a year
     */
    public static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + nanos(time));
    }

    /** The time that is left, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    /** Whether no time is left. */
    public boolean hasPassed() {
        return remainingNanos() == 0;
    }

    /** The time that is left in nanoseconds, never negative. */
    public long remainingNanos() {
        return Math.max(0, nanoTime - System.nanoTime());
    }

    /** A time in nanoseconds, zero at least and a year at most. */
    public static long nanos(Duration time) {
        if (time.isNegative()) {
            return 0;
        }
        return time.compareTo(MAX_TIME) >= 0 ? MAX_TIME.toNanos() : time.toNanos();
    }
}
