// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** What the agent sent is not the reply that its protocol calls for, or goes beyond the limits. */
public final class AgentProtocolException extends AgentException {

    private static final long serialVersionUID = 1L;

    AgentProtocolException(String message, boolean mayHaveActed, @Nullable Throwable cause) {
        super(message, mayHaveActed, cause);
    }
}
