// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest agent of a VM.
 *
 * @param available whether it answers
 * @param message {@link AgentAvailability#AVAILABLE}, or the precise reason why not
 * @param version the agent's version as it states it; absent when it does not answer
 */
public record AgentStatus(
        boolean available, String message, @Nullable String version) {

    public AgentStatus {
        Objects.requireNonNull(message, "message");
    }
}
