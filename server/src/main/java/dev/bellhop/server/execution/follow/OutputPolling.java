// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.guest.PollDelayEstimate;
import java.time.Duration;

/**
 * How long to wait before looking at a supervised command again, and whether to read its output then. Not before a short one
 * may have ended in its guest, then often, for most commands are short. Where somebody follows its output: right after it
 * has written something soon, for it may write more, and the longer it is silent the less often. Where nobody does, the
 * older it is the less often, and its output is read once a second, for whoever asks for it and for what the guest may lose.
 * So hundreds of silent commands cost next to nothing, and a short one does not have its empty files read. Used by one
 * thread.
 */
final class OutputPolling {
    /** Until then the end is what is looked for, and after that its output too. Longer in a guest that is slow. */
    static final Duration YOUNG = Duration.ofMillis(15);

    static final Duration AFTER_OUTPUT = Duration.ofMillis(25);
    static final Duration MAX_INTERVAL = Duration.ofSeconds(1);

    /** How old what is read may be where nobody follows. */
    static final Duration UNFOLLOWED_READS = Duration.ofSeconds(1);

    /**
     * An agent that takes long to answer has others to serve, and is asked for a part of its time only. But one look may have waited for
     * something else there, so a command is not left alone for longer than it has run.
     */
    private static final int AGENTS_SHARE = 4;

    /** How many times as long as it is looked at first a command is young. */
    private static final int SLOW_YOUNG = 3;

    /** How much later the end of a long one may be known for that. */
    private static final int SCRIPTS_FRACTION = 60;

    private static final Duration MAX_SCRIPTS_INTERVAL = Duration.ofSeconds(10);

    private static final int FRACTION = 8;
    private static final int UNFOLLOWED_FRACTION = 16;

    private final long begin;
    private final long young;
    private final EndPolling whileYoung;
    private long lastOutput;
    private long lastRead;
    private boolean more;
    /** Whether there was more before this look. */
    private boolean readsOn;

    private boolean isFollowed;
    private long lastLook;
    private long lookTook;

    OutputPolling(long now, PollDelayEstimate firstLook) {
        this.begin = now;
        this.young = Math.max(YOUNG.toNanos(), SLOW_YOUNG * firstLook.after().toNanos());
        this.whileYoung = new EndPolling(now, firstLook);
        this.lastOutput = now;
        this.lastRead = now;
    }

    /** It is looked at, and has written nothing so far. */
    void looking(long now, boolean followed) {
        whileYoung.looking(now);
        readsOn = more;
        more = false;
        isFollowed = followed;
        lastLook = now;
    }

    /** Whether this look is to read its output. */
    boolean isToBeRead(long now) {
        boolean isDue = readsOn || (isFollowed ? !isYoung(now) : now - lastRead >= UNFOLLOWED_READS.toNanos());
        if (isDue) {
            lastRead = now;
        }
        return isDue;
    }

    /** The look is over. */
    void looked(long now) {
        lookTook = now - lastLook;
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
        return isYoung(now) && !more ? whileYoung.pause(now) : pauseOfOlder(now);
    }

    /** The same where the end is told unasked, and output alone is looked for. */
    Duration pauseForOutput(long now) {
        return isYoung(now) && !more ? Duration.ofNanos(young - (now - begin)) : pauseOfOlder(now);
    }

    /** The same where each look takes a script in the guest: rarer, the older it is, where nobody follows. */
    Duration pauseBetweenScripts(long now) {
        Duration usual = pause(now);
        if (isFollowed || more) {
            return usual;
        }
        Duration rare = Duration.ofNanos(Math.min((now - begin) / SCRIPTS_FRACTION, MAX_SCRIPTS_INTERVAL.toNanos()));
        return usual.compareTo(rare) > 0 ? usual : rare;
    }

    private Duration pauseOfOlder(long now) {
        if (more) {
            return Duration.ZERO;
        }
        long age = now - begin;
        long pause = isFollowed
                ? (now - lastOutput) / FRACTION
                : Math.max(age / UNFOLLOWED_FRACTION, Math.min(AGENTS_SHARE * lookTook, age));
        return Duration.ofNanos(Math.clamp(pause, AFTER_OUTPUT.toNanos(), MAX_INTERVAL.toNanos()));
    }
}
