// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import java.time.Duration;

/**
 * Computes the pause before polling the guest for output of a pty again: a tenth of the time since the last input or
 * output, so an echo comes immediately, and at most a second. After a minute the limit grows, up to three seconds, so a
 * terminal that is open all day costs almost nothing. Input ends the pause.
 */
final class PtyPolling {
    private static final long MIN_NANOS = Duration.ofNanos(500_000).toNanos();
    private static final long USUAL_MAX_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MAX_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int SHARE = 10;
    private static final int SHARE_OF_LONG = 60;

    private PtyPolling() {}

    /** @param quietNanos time since the last input or output */
    static long pauseNanos(long quietNanos) {
        long max = Math.clamp(quietNanos / SHARE_OF_LONG, USUAL_MAX_NANOS, MAX_NANOS);
        return Math.clamp(quietNanos / SHARE, MIN_NANOS, max);
    }
}
