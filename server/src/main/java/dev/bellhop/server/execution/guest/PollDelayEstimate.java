// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long after its start a command of one guest is looked at first: about as long as a short one takes
 * there. Asking sooner takes time from it, since a guest with one processor does nothing else meanwhile; asking later
 * keeps whoever waits for it.
 *
 * <p>Learned by trying. That a command had ended at the first look says nothing of when it had, so the next one is looked
 * at sooner; one that had not is followed by a look a little later. Of three first looks about one comes too late. Thread
 * safe.
 */
public final class PollDelayEstimate {
    private static final long SOONER = 8;
    private static final long LATER = 16;
    private static final long MIN_STEP = Duration.ofNanos(50_000).toNanos();

    /** Where nothing is known. Most guests need no longer, and for the others it grows. */
    private static final long MAX_FIRST_DELAY = Duration.ofMillis(4).toNanos();

    /**
     * What takes longer has something to do, in the slowest guest too. Else one whose commands all have would keep the end
     * and the output of a short one for as long.
     */
    private static final long LATEST = Duration.ofMillis(100).toNanos();

    /** A command that takes so many times as long has something to do, which says little of the next one. */
    private static final long SHORT = 4;

    /** But something, for else a guest that has become slower, or only seemed fast, would be looked at too soon for ever. */
    private static final long HARDLY_LATER = 256;

    private static final long HARDLY_A_STEP = MIN_STEP / 8;

    private final AtomicLong nanos = new AtomicLong();

    /** Zero where nothing is known yet. */
    public Duration after() {
        return Duration.ofNanos(nanos.get());
    }

    /**
     * A command that does nothing had ended when it was looked at; where nothing else is known, this is a start.
     *
     * @param seen how long after its start that was, at most twice as long as it took, unless its agent was away meanwhile
     */
    void sawNothingRun(Duration seen) {
        nanos.compareAndSet(0, Math.min(seen.toNanos() / 2, LATEST));
    }

    public void cameAfterTheEnd() {
        nanos.updateAndGet(before -> before - before / SOONER);
    }

    /**
     * A command had not ended when it was looked at first.
     *
     * @param seen how long after its start it was seen to have ended
     */
    public void cameBeforeTheEnd(Duration seen) {
        long run = seen.toNanos();
        nanos.updateAndGet(before -> {
            if (before == 0) {
                return Math.min(run, MAX_FIRST_DELAY);
            }
            long step = run <= SHORT * before
                    ? Math.max(before / LATER, MIN_STEP)
                    : Math.max(before / HARDLY_LATER, HARDLY_A_STEP);
            return Math.min(Math.min(run, LATEST), before + step);
        });
    }
}
