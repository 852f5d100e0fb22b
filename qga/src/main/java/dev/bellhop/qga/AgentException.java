// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * Why a call to a guest agent has no result.
 *
 * <p>Messages begin with "Cannot" and contain nothing from the guest and nothing of the request, so they may be logged.
 */
public abstract sealed class AgentException extends Exception
        permits NotConnectedException,
                AgentTimeoutException,
                RpcMissingException,
                RpcDisabledException,
                AgentErrorException,
                AgentProtocolException {

    private static final long serialVersionUID = 1L;

    private final boolean mayHaveActed;

    AgentException(String message, boolean mayHaveActed, @Nullable Throwable cause) {
        super(message, cause);
        this.mayHaveActed = mayHaveActed;
    }

    /**
     * Whether the agent may have acted on the request: all of it may have arrived, and no reply has settled the matter.
     * After {@code exec}, a command may be running whose pid nobody knows; after {@code execStatus}, the result may be lost.
     * False means that nothing was done, or that the agent refused.
     */
    public final boolean mayHaveActed() {
        return mayHaveActed;
    }
}
