// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpConnections;

/** Connections of the guests of this process's own hypervisors. */
public interface LocalTcpConnections extends TcpConnections {
    /**
     * Forgets a connection of a VM that another process has now, without contacting the guest. Does nothing if the
     * connection does not exist.
     */
    void letGo(ForwardId id);
}
