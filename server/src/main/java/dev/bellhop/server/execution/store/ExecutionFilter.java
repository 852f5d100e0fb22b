// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which executions a list holds: those that fit all of these.
 *
 * @param vms in one of these VMs; absent for any
 * @param states in one of these states; empty for any
 * @param since created at this time or later; absent for any
 * @param until created before this time; absent for any
 */
public record ExecutionFilter(
        TenantFilter tenants,
        @Nullable Set<VmId> vms,
        Set<ExecutionState> states,
        Map<String, String> labels,
        @Nullable Instant since,
        @Nullable Instant until) {
    public static final ExecutionFilter ALL =
            new ExecutionFilter(TenantFilter.all(), null, Set.of(), Map.of(), null, null);

    public ExecutionFilter {
        vms = vms == null ? null : Set.copyOf(vms);
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    public boolean matches(Execution execution) {
        return tenants.includes(execution.spec().tenant())
                && (vms == null || vms.contains(execution.vm()))
                && (states.isEmpty() || states.contains(execution.state()))
                && execution.spec().labels().entrySet().containsAll(labels.entrySet())
                && (since == null || !execution.createdAt().isBefore(since))
                && (until == null || execution.createdAt().isBefore(until));
    }
}
