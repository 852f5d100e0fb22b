// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;

/**
 * How long to wait before looking at a supervised command again. Right after its start often, for most commands are
 * short; right after it has written something soon, for it may write more; and the longer it is silent the less often, so
 * that hundreds of silent commands cost next to nothing. Used by one thread.
 */
final class FollowPace {
    /** Until then the end is what is looked for, and after that its output too. */
    static final Duration YOUNG = Duration.ofMillis(15);

    static final Duration AFTER_OUTPUT = Duration.ofMillis(25);
    static final Duration LONGEST = Duration.ofSeconds(1);
    private static final int FRACTION = 8;

    private final long begin;
    private long lastOutput;
    private boolean more;

    FollowPace(long now) {
        this.begin = now;
        this.lastOutput = now;
    }

    /** It is looked at, and has written nothing so far. */
    void looking() {
        more = false;
    }

    /** It has written something. */
    void wrote(long now, boolean thereIsMore) {
        lastOutput = now;
        more = thereIsMore;
    }

    boolean isYoung(long now) {
        return now - begin < YOUNG.toNanos();
    }

    Duration pause(long now) {
        if (more) {
            return Duration.ZERO;
        }
        if (isYoung(now)) {
            return PollSchedule.delayAfter(Duration.ofNanos(now - begin));
        }
        Duration silence = Duration.ofNanos(now - lastOutput);
        Duration pause = silence.dividedBy(FRACTION);
        if (pause.compareTo(LONGEST) > 0) {
            return LONGEST;
        }
        return pause.compareTo(AFTER_OUTPUT) < 0 ? AFTER_OUTPUT : pause;
    }
}
