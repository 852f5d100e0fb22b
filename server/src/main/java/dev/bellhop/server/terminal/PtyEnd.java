// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import org.jspecify.annotations.Nullable;

/**
 * The end of a pty's command: an exit code or a signal, or neither if that is unknown because the guest was restarted
 * or the pty was killed there.
 *
 * @param exitCode 0 to 255
 * @param signal its number in the guest
 */
public record PtyEnd(@Nullable Integer exitCode, @Nullable Integer signal) {
    public static final PtyEnd LOST = new PtyEnd(null, null);
}
