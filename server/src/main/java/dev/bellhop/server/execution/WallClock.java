// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.time.Instant;

/**
 * What may be made of the time of day, which is set now and then, by hours even: what is waited for is so on the monotonic
 * clock, and what is left of a wait that an earlier server began is never less than nothing nor more than all of it.
 */
public final class WallClock {
    private WallClock() {}

    /** From one moment to another, as far as a clock can tell: nothing at least, and so much at most. */
    public static Duration between(Instant from, Instant to, Duration longest) {
        Duration time = Duration.between(from, to);
        if (time.isNegative()) {
            return Duration.ZERO;
        }
        return time.compareTo(longest) < 0 ? time : longest;
    }

    /**
     * The end of a wait that began at some time.
     *
     * @param begun by the same clock as now; a moment ago, where this server has begun it
     */
    public static Deadline end(Instant begun, Duration wait, Instant now) {
        return Deadline.after(wait.minus(between(begun, now, wait)));
    }

    /** The later of two moments: what comes after another thing is never said to have been before it. */
    public static Instant notBefore(Instant earliest, Instant time) {
        return time.isBefore(earliest) ? earliest : time;
    }
}
