// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;

/**
 * What supervised commands of one guest take at least, from the reply to their start to the reply that tells their end.
 * Asking sooner whether one has ended takes time from it: a guest with one processor does nothing else meanwhile.
 *
 * <p>Learned from commands that were short, and forgotten little by little, so that a guest that has become slower is
 * learned anew. Thread safe.
 */
final class ShortestRun {
    /** Of a command that took longer, it is the command that took it. */
    private static final Duration SHORT = Duration.ofMillis(250);

    private static final long FORGOTTEN = 16;

    private volatile long nanos;

    /** Zero where it is not known. */
    Duration duration() {
        return Duration.ofNanos(nanos);
    }

    /** A command took so long. Of two threads at once, one may be overheard. */
    void saw(Duration run) {
        if (run.compareTo(SHORT) <= 0) {
            long before = nanos;
            nanos = before == 0 ? run.toNanos() : Math.min(run.toNanos(), before + before / FORGOTTEN);
        }
    }
}
