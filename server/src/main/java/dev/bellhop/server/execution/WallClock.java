// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.time.Instant;

/**
 * Safe uses of the time of day, whose clock can be set, even by hours. Waits use the monotonic clock. If an earlier
 * server began a wait, its remaining time is limited to between zero and the whole wait.
 */
public final class WallClock {
    private WallClock() {}

    /** Returns the time between two moments, limited to between zero and {@code longest}. */
    public static Duration between(Instant from, Instant to, Duration longest) {
        Duration time = Duration.between(from, to);
        if (time.isNegative()) {
            return Duration.ZERO;
        }
        return time.compareTo(longest) < 0 ? time : longest;
    }

    /**
     * Returns the deadline of a wait.
     *
     * @param begun when the wait began, by the same clock as {@code now}
     */
    public static Deadline end(Instant begun, Duration wait, Instant now) {
        return Deadline.after(wait.minus(between(begun, now, wait)));
    }

    /** Returns the later of two moments, so an event is never recorded before its predecessor. */
    public static Instant notBefore(Instant earliest, Instant time) {
        return time.isBefore(earliest) ? earliest : time;
    }
}
