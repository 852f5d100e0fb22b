// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import org.jspecify.annotations.Nullable;

/**
 * How the command of a pty ended: by one of both, or nobody knows, as the guest was restarted or the pty was killed there.
 *
 * @param exitCode 0 to 255
 * @param signal its number in the guest
 */
public record PtyEnd(@Nullable Integer exitCode, @Nullable Integer signal) {
    public static final PtyEnd LOST = new PtyEnd(null, null);
}
