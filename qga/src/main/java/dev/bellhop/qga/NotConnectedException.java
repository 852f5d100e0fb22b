// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** There is no connection to the agent, or it was lost. */
public final class NotConnectedException extends AgentException {

    private static final long serialVersionUID = 1L;

    /** Why there is no connection. */
    public enum Reason {
        /** Nothing is at the path of the socket: the virtual machine is off, or has no agent channel. */
        NO_SOCKET,
        /** The socket exists but nobody listens on it: its process has ended. */
        REFUSED,
        /** The queue of connections was full until the deadline. */
        BUSY,
        /** This process may not use the socket. */
        FORBIDDEN,
        /** The system would not connect for another reason; the cause has it. */
        FAILED,
        /** The other side ended the connection during the call, or the agent that had the request was restarted. */
        DROPPED,
        /** The hypervisor that has the agent's channel is not there. */
        UNREACHABLE,
        /** The hypervisor says that the virtual machine does not run, or is paused. */
        NOT_RUNNING,
        /** The hypervisor says that the virtual machine has no channel for an agent. */
        NO_CHANNEL,
        /** The hypervisor says that nothing in the guest has the channel open. */
        NO_AGENT,
        /** The hypervisor has given up on the agent after an error, until the agent restarts. */
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
