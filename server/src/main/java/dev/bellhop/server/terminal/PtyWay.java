// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.vm.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a pty.
 *
 * @param reason why the transport is not a stream, as in metrics; absent for a stream, or if unknown
 */
public record PtyWay(Transport transport, @Nullable String reason) {
    public static final PtyWay STREAM = new PtyWay(Transport.STREAM, null);

    /** Returns the way over the agent's calls. */
    public static PtyWay agent(@Nullable String reason) {
        return new PtyWay(Transport.AGENT, reason);
    }
}
