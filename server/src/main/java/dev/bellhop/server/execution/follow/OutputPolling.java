// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.guest.PollDelayEstimate;
import java.time.Duration;

/**
 * How long to wait before looking at a supervised command again. Not before a short one may have ended in its guest, then
 * often, for most commands are short; right after it has written something soon, for it may write more; and the longer it
 * is silent the less often, so that hundreds of silent commands cost next to nothing. Used by one thread.
 */
final class OutputPolling {
    /** Until then the end is what is looked for, and after that its output too. Longer in a guest that is slow. */
    static final Duration YOUNG = Duration.ofMillis(15);

    static final Duration AFTER_OUTPUT = Duration.ofMillis(25);
    static final Duration MAX_INTERVAL = Duration.ofSeconds(1);

    /** How many times as long as it is looked at first a command is young. */
    private static final int SLOW_YOUNG = 3;

    private static final int FRACTION = 8;

    private final long begin;
    private final long young;
    private final EndPolling whileYoung;
    private long lastOutput;
    private boolean more;

    OutputPolling(long now, PollDelayEstimate firstLook) {
        this.begin = now;
        this.young = Math.max(YOUNG.toNanos(), SLOW_YOUNG * firstLook.after().toNanos());
        this.whileYoung = new EndPolling(now, firstLook);
        this.lastOutput = now;
    }

    /** It is looked at, and has written nothing so far. */
    void looking(long now) {
        whileYoung.looking(now);
        more = false;
    }

    void wrote(long now, boolean thereIsMore) {
        lastOutput = now;
        more = thereIsMore;
    }

    void ended() {
        whileYoung.ended();
    }

    boolean isYoung(long now) {
        return now - begin < young;
    }

    Duration pause(long now) {
        if (more) {
            return Duration.ZERO;
        }
        if (isYoung(now)) {
            return whileYoung.pause(now);
        }
        Duration silence = Duration.ofNanos(now - lastOutput);
        Duration pause = silence.dividedBy(FRACTION);
        if (pause.compareTo(MAX_INTERVAL) > 0) {
            return MAX_INTERVAL;
        }
        return pause.compareTo(AFTER_OUTPUT) < 0 ? AFTER_OUTPUT : pause;
    }
}
