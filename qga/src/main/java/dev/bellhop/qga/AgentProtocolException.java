// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** What the agent sent is not the reply that its protocol demands, or exceeds the limits. */
public final class AgentProtocolException extends AgentException {

    private static final long serialVersionUID = 1L;

    private final boolean tooLarge;

    public AgentProtocolException(String message, boolean mayHaveActed, @Nullable Throwable cause) {
        this(message, mayHaveActed, false, cause);
    }

    public AgentProtocolException(String message, boolean mayHaveActed, boolean tooLarge, @Nullable Throwable cause) {
        super(message, mayHaveActed, cause);
        this.tooLarge = tooLarge;
    }

    /**
     * Whether a reply was lost because an {@link AgentExchange} could not pass it on. Asking again does not help if the
     * agent reports it only once.
     */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
