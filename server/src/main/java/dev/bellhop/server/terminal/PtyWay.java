// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.vm.Transport;
import org.jspecify.annotations.Nullable;

/**
 * By which way a pty is reached.
 *
 * @param reason why it is not a stream, as a metric has it; absent for a stream, and where it is not known
 */
public record PtyWay(Transport transport, @Nullable String reason) {
    public static final PtyWay STREAM = new PtyWay(Transport.STREAM, null);

    /** By the agent's calls. */
    public static PtyWay agent(@Nullable String reason) {
        return new PtyWay(Transport.AGENT, reason);
    }
}
