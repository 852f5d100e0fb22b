// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpConnections;

/** Connections of the guests of this process's own hypervisors. */
public interface LocalTcpConnections extends TcpConnections {
    /** Another process has the VM by now: forgets a connection there, and tells its guest nothing. Does nothing where it is not there. */
    void letGo(ForwardId id);
}
