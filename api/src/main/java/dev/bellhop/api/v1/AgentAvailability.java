// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;

/**
 * Whether commands can be run in a VM now; the answer of {@code GET /api/vm/{vmid}/agent/exec} without a pid.
 *
 * @param success true when the request worked
 * @param available whether the guest agent answers
 * @param message {@link #AVAILABLE}, or the precise reason why not
 * @param vmRunning whether the VM itself runs
 */
public record AgentAvailability(boolean success, boolean available, String message, boolean vmRunning) {

    /** What {@code message} says when the agent answers. */
    public static final String AVAILABLE = "QEMU Guest Agent is available";

    public AgentAvailability {
        Objects.requireNonNull(message, "message");
    }
}
