// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * Why a call to a guest agent did not give its result.
 *
 * <p>Messages begin "Cannot" and hold no byte that came from the guest and none of the request, so they may be logged.
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
     * Whether the agent may have done what it was asked: the whole request may have reached it, and no reply has settled
     * the matter. After such an end of {@code exec} a command may be running whose pid nobody knows; after one of
     * {@code execStatus} the result may be gone. False means that nothing was done, or that the agent said no.
     */
    public final boolean mayHaveActed() {
        return mayHaveActed;
    }
}
