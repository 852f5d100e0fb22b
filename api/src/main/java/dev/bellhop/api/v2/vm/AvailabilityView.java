// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether commands can be run in a VM; the answer of {@code GET /api/v2/vps/{vmid}/availability}.
 *
 * @param availability {@code available}, or why not, such as {@code vm_paused}
 * @param reason why not, for a person; absent where they can be run
 * @param since when it was first found to be so, without a break since then
 * @param lastAnsweredAt when the agent answered this server last; absent where it has not yet
 * @param agentVersion absent where the agent did not tell
 * @param vmRunning whether the VM runs
 */
public record AvailabilityView(
        String availability,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant lastAnsweredAt,
        @Nullable String agentVersion,
        boolean vmRunning) {

    public AvailabilityView {
        Objects.requireNonNull(availability, "availability");
    }

    /** Whether commands can be run. */
    public boolean runsCommands() {
        return availability.equals("available");
    }
}
