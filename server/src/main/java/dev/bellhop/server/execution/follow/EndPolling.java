// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.guest.PollDelayEstimate;
import java.time.Duration;

/**
 * When to look whether a command has ended, which most have soon after their start: first when a short one may have ended
 * in its guest, then often, then ever less often until it is as {@link #delayAfter} has it. What is seen is learned for the next
 * command. Used by one thread.
 */
final class EndPolling {
    static final Duration MIN_INTERVAL = Duration.ofNanos(200_000);
    static final Duration MAX_INTERVAL = Duration.ofSeconds(5);
    private static final Duration MAX_INTERVAL_WHILE_YOUNG = Duration.ofSeconds(1);

    /** A young command is found late by at most a fifth of its run time; an old one by a hundredth. */
    private static final int YOUNG_FRACTION = 5;

    private static final int OLD_FRACTION = 100;
    private static final int STEPS = 16;

    private final long begin;
    private final PollDelayEstimate firstLook;
    private final long first;
    private int looks;
    private long lastLook;

    EndPolling(long now, PollDelayEstimate firstLook) {
        this.begin = now;
        this.firstLook = firstLook;
        this.first = firstLook.after().toNanos();
        this.lastLook = now;
    }

    void looking(long now) {
        looks++;
        lastLook = now;
    }

    /** It had ended at this look, as the agent says. */
    void ended() {
        if (looks == 1) {
            firstLook.cameAfterTheEnd();
        } else {
            firstLook.cameBeforeTheEnd(Duration.ofNanos(lastLook - begin));
        }
    }

    Duration pause(long now) {
        long elapsed = now - begin;
        if (looks == 0 && elapsed < first) {
            return Duration.ofNanos(first - elapsed);
        }
        Duration usual = delayAfter(Duration.ofNanos(elapsed));
        // Around the time when most end there is something to be gained; the more has passed since, the less.
        return first == 0 ? usual : min(Duration.ofNanos(Math.max(first / STEPS, (elapsed - first) / 2)), usual);
    }

    /**
     * In proportion to how long it has run already: a command of a millisecond is seen to end a fraction of one later, and
     * one of an hour is asked for every few seconds.
     */
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
