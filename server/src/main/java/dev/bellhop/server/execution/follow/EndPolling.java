// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.guest.PollDelayEstimate;
import java.time.Duration;

/**
 * When to look whether a command has ended, which most have soon after their start: first when a short one may have ended
 * in its guest, then often for as long again, then as {@link PollSchedule} has it. What is seen is learned for the next
 * command. Used by one thread.
 */
final class EndPolling {
    private static final int STEPS = 16;

    private final long begin;
    private final PollDelayEstimate firstLook;
    private final long first;
    private int looks;
    private long lastLook;

    /**
     * Begins now.
     *
     * @param now of {@link System#nanoTime}
     * @param firstLook what is known of its guest
     */
    EndPolling(long now, PollDelayEstimate firstLook) {
        this.begin = now;
        this.firstLook = firstLook;
        this.first = firstLook.after().toNanos();
        this.lastLook = now;
    }

    /** It is looked at. */
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
        Duration usual = PollSchedule.delayAfter(Duration.ofNanos(elapsed));
        // Around the time when most end, there is something to be gained.
        Duration fine = Duration.ofNanos(first / STEPS);
        return elapsed < 2 * first && fine.compareTo(usual) < 0 ? fine : usual;
    }
}
