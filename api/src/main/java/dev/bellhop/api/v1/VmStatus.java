// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A VM, its agent and its recent commands; the answer of {@code GET /api/vm/{vmid}/status}.
 *
 * @param success true when the request worked
 * @param vmid id of the VM
 * @param status {@code running}, {@code stopped}, {@code paused}, {@code starting}, {@code stopping} or {@code unknown}
 * @param vmRunning whether the VM runs
 * @param pid the VM's own process on its node; absent when stopped or not known
 * @param uptime seconds since the VM's process started; absent when stopped or not known
 * @param agent the guest agent
 * @param processes recent commands, newest first
 */
public record VmStatus(
        boolean success,
        long vmid,
        String status,
        boolean vmRunning,
        @Nullable Long pid,
        @Nullable Long uptime,
        AgentStatus agent,
        List<ProcessEntry> processes) {

    public VmStatus {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(agent, "agent");
        processes = List.copyOf(Objects.requireNonNull(processes, "processes"));
    }
}
