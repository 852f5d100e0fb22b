// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** There is no connection to the agent, or the one there was has gone. */
public final class NotConnectedException extends AgentException {

    private static final long serialVersionUID = 1L;

    /** Why there is no connection. */
    public enum Reason {
        /** There is nothing at the path of the socket: the virtual machine is off, or has no agent channel. */
        NO_SOCKET,
        /** The socket is there and nobody listens on it: what made it has ended. */
        REFUSED,
        /** Too many others wait to be let in, and none was let in before the deadline. */
        BUSY,
        /** This process may not use the socket. */
        FORBIDDEN,
        /** The system would not connect for another reason; the cause has it. */
        FAILED,
        /** The other side ended the connection during the call, or an agent was restarted that had the request. */
        DROPPED,
        /** The hypervisor that has the agent's channel is not there. */
        UNREACHABLE,
        /** The hypervisor says that the virtual machine does not run, or is paused. */
        NOT_RUNNING,
        /** The hypervisor says that the virtual machine has no channel for an agent. */
        NO_CHANNEL,
        /** The hypervisor says that nothing in the guest has the channel open. */
        NO_AGENT,
        /** The hypervisor has given up on the agent, after an error, until the agent starts anew. */
        GIVEN_UP,
        /** This {@link GuestAgent} was closed. */
        CLOSED,
        /** The calling thread was interrupted; its interrupt status is set again. */
        INTERRUPTED
    }

    /** Why there is no connection. */
    private final Reason reason;

    public NotConnectedException(Reason reason, String message, boolean mayHaveActed, @Nullable Throwable cause) {
        super(message, mayHaveActed, cause);
        this.reason = reason;
    }

    /** Why there is no connection. */
    public Reason reason() {
        return reason;
    }
}
