// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import java.time.Duration;

/**
 * How long to wait before the guest is asked again whether a pty has printed something: a tenth of the time for which nothing has
 * happened, so that an echo is there at once, and a terminal that nobody uses costs one question a second. Immutable.
 */
final class PtyPolling {
    private static final long MIN_NANOS = Duration.ofNanos(500_000).toNanos();
    private static final long MAX_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int SHARE = 10;

    private PtyPolling() {}

    /** @param quietNanos since something was typed or printed */
    static long pauseNanos(long quietNanos) {
        return Math.clamp(quietNanos / SHARE, MIN_NANOS, MAX_NANOS);
    }
}
