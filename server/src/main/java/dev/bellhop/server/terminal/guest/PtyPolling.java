// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import java.time.Duration;

/**
 * How long to wait before the guest is asked again whether a pty has printed something: a tenth of the time for which nothing has
 * happened, so that an echo is there at once, and a second at most. After a minute it grows on, to three seconds: a terminal that stands open
 * all day costs next to nothing then. Who types is answered at once, however long nothing has happened. Immutable.
 */
final class PtyPolling {
    private static final long MIN_NANOS = Duration.ofNanos(500_000).toNanos();
    private static final long USUAL_MAX_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MAX_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int SHARE = 10;
    private static final int SHARE_OF_LONG = 60;

    private PtyPolling() {}

    /** @param quietNanos since something was typed or printed */
    static long pauseNanos(long quietNanos) {
        long max = Math.clamp(quietNanos / SHARE_OF_LONG, USUAL_MAX_NANOS, MAX_NANOS);
        return Math.clamp(quietNanos / SHARE, MIN_NANOS, max);
    }
}
