// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import java.time.Duration;

/**
 * How long to wait before asking again whether a command has ended. In proportion to how long it has run already, so a
 * command of a millisecond is seen to end a fraction of a millisecond later, and one of an hour is asked for every few
 * seconds.
 */
final class PollSchedule {
    static final Duration MIN_INTERVAL = Duration.ofNanos(200_000);
    static final Duration MAX_INTERVAL = Duration.ofSeconds(5);
    private static final Duration MAX_INTERVAL_WHILE_YOUNG = Duration.ofSeconds(1);

    /** A young command is found late by at most a fifth of its run time; an old one by a hundredth. */
    private static final int YOUNG_FRACTION = 5;

    private static final int OLD_FRACTION = 100;

    private PollSchedule() {}

    static Duration delayAfter(Duration elapsed) {
        Duration old = max(MAX_INTERVAL_WHILE_YOUNG, elapsed.dividedBy(OLD_FRACTION));
        Duration delay = min(elapsed.dividedBy(YOUNG_FRACTION), old);
        return max(MIN_INTERVAL, min(delay, MAX_INTERVAL));
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
