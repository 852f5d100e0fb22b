// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import org.jspecify.annotations.Nullable;

/**
 * Whether commands can be run in a VM now; the answer of {@code GET /api/v2/vps/{vmid}/agent/exec}.
 *
 * @param available whether they can
 * @param reason why not, for a person; absent where they can
 * @param availability the same as a stable name, {@code available} where they can
 * @param vmRunning whether the VM runs
 */
public record AgentExecAvailability(
        boolean available, @Nullable String reason, String availability, boolean vmRunning) {}
