// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import org.jspecify.annotations.Nullable;

/** @param pid the process that listens; absent if none does, or it is unknown, as in another pid namespace */
record SocketListener(Presence presence, @Nullable Long pid) {
    static final SocketListener NOBODY = new SocketListener(Presence.NOBODY, null);
    static final SocketListener CROWDED = new SocketListener(Presence.CROWDED, null);
    static final SocketListener UNTOLD = new SocketListener(Presence.UNTOLD, null);

    enum Presence {
        SOMEBODY,
        /** Somebody who has admitted nobody lately: the queue of connections is full. */
        CROWDED,
        /** There is no socket, or what made it has ended. */
        NOBODY,
        /** The kernel does not tell, as when this process may not use the socket. */
        UNTOLD
    }
}
