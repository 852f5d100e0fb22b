// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.Deadline;
import java.io.IOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a channel if its call is late or if it has been idle, and reports calls that take long. A blocking channel has no
 * timeout of its own; closing it from here ends a read.
 *
 * <p>All watches share one thread. A call schedules nothing if the next look at its channel comes soon enough, and a look
 * that finds nothing to do schedules the next one. So a busy channel costs a look now and then, and a call costs two short
 * critical sections.
 */
final class ChannelTimer implements Runnable {

    private static final ScheduledThreadPoolExecutor TIMER = newTimer();

    /** A call is slow after this time, then after twice as long again, and so on. */
    private static final long SLOW_NANOS = Duration.ofSeconds(2).toNanos();

    /** A call that may be given up is doubted after this time, then after twice as long again, and so on. */
    private static final long DOUBTED_NANOS = Duration.ofMillis(250).toNanos();

    private final Channel channel;
    private final long idleNanos;
    private final Runnable whenDoubted;
    private final Runnable whenSlow;
    private final Runnable whenClosed;

    private boolean open = true;
    private boolean busy;
    private boolean late;
    /** When the call is late, or the channel has been idle for long enough. */
    private long until;
    /** When the present call is slow, or slower. */
    private long slowAt;

    private long slowNanos;
    /** When the present call is doubted, if it may be given up. */
    private long doubtedAt;

    private long doubtedNanos;
    private boolean mayBeGivenUp;

    private @Nullable Future<?> look;
    private long lookAt;

    /**
     * A watch over a channel that is not in use.
     *
     * @param whenDoubted run when a call that may be given up has lasted for a quarter of a second, for three quarters and so
     *     on, on the thread of the timer
     * @param whenSlow run when a call has lasted for 2 seconds, for 6, 14 and so on, on the thread of the timer
     * @param whenClosed run when the watch has closed the channel, late or idle, on the thread of the timer
     */
    ChannelTimer(Channel channel, long idleNanos, Runnable whenDoubted, Runnable whenSlow, Runnable whenClosed) {
        this.channel = channel;
        this.idleNanos = idleNanos;
        this.whenDoubted = whenDoubted;
        this.whenSlow = whenSlow;
        this.whenClosed = whenClosed;
    }

    private static ScheduledThreadPoolExecutor newTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "bellhop-qga-watch");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Continues a call with another deadline; false if the channel is closed. */
    synchronized boolean begin(Deadline deadline) {
        return begin(deadline, false);
    }

    /**
     * Begins a call; false if the channel is closed.
     *
     * @param givesUp whether it may be given up, until {@link #commit}
     */
    synchronized boolean begin(Deadline deadline, boolean givesUp) {
        if (!open) {
            return false;
        }
        mayBeGivenUp = givesUp;
        doubtedNanos = DOUBTED_NANOS;
        doubtedAt = System.nanoTime() + doubtedNanos;
        busy = true;
        slowNanos = SLOW_NANOS;
        slowAt = System.nanoTime() + slowNanos;
        until = deadline.nanoTime();
        lookBy(next());
        return true;
    }

    /** The present call may not be given up any more. */
    synchronized void commit() {
        mayBeGivenUp = false;
    }

    /** Ends a call whose channel can be used again. */
    synchronized void end() {
        busy = false;
        if (open) {
            until = System.nanoTime() + idleNanos;
            lookBy(next());
        }
    }

    /** Closes the channel, which ends a call that waits for it. */
    synchronized void close() {
        open = false;
        if (look != null) {
            look.cancel(false);
            look = null;
        }
        closeChannel();
    }

    /** Whether the channel was closed because its call was late. */
    synchronized boolean isLate() {
        return late;
    }

    /** When there may be something to do. */
    private long next() {
        long next = busy && slowAt - until < 0 ? slowAt : until;
        return busy && mayBeGivenUp && doubtedAt - next < 0 ? doubtedAt : next;
    }

    private void lookBy(long moment) {
        if (look != null && lookAt - moment <= 0) {
            return;
        }
        if (look != null) {
            look.cancel(false);
        }
        lookAt = moment;
        look = TIMER.schedule(this, Math.max(0, moment - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** Looks whether the channel is to be closed, or its call is slow. */
    @Override
    public void run() {
        Runnable next = lookNow();
        if (next != null) {
            next.run();
        }
    }

    /** Returns what to do outside the lock. */
    private synchronized @Nullable Runnable lookNow() {
        look = null;
        if (!open) {
            return null;
        }
        long now = System.nanoTime();
        if (until - now <= 0) {
            late = busy;
            open = false;
            closeChannel();
            return whenClosed;
        }
        boolean doubted = busy && mayBeGivenUp && doubtedAt - now <= 0;
        if (doubted) {
            doubtedNanos *= 2;
            doubtedAt = now + doubtedNanos;
        }
        boolean slow = busy && slowAt - now <= 0;
        if (slow) {
            slowNanos *= 2;
            slowAt = now + slowNanos;
        }
        lookBy(next());
        if (doubted && slow) {
            return () -> {
                whenSlow.run();
                whenDoubted.run();
            };
        }
        return slow ? whenSlow : doubted ? whenDoubted : null;
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing can be done about it, and the channel is of no more use in any case.
        }
    }
}
