// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import org.jspecify.annotations.Nullable;

/**
 * Who listens on a Unix socket.
 *
 * @param pid its process; absent where nobody does, or the process is not known, as one in another pid namespace
 */
record SocketListener(Presence presence, @Nullable Long pid) {
    static final SocketListener NOBODY = new SocketListener(Presence.NOBODY, null);
    static final SocketListener CROWDED = new SocketListener(Presence.CROWDED, null);
    static final SocketListener UNTOLD = new SocketListener(Presence.UNTOLD, null);

    enum Presence {
        SOMEBODY,
        /** Somebody, who has let in nobody lately: the queue before the door is full. */
        CROWDED,
        /** There is no socket, or what made it has ended. */
        NOBODY,
        /** The system does not say, as where this process may not use the socket. */
        UNTOLD
    }

    static SocketListener of(@Nullable Long pid) {
        return new SocketListener(Presence.SOMEBODY, pid);
    }
}
