// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.SavedCommandVersion;
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
 * @param keyId started with the key of this id; absent for any
 * @param savedCommand of this saved command, in any version; absent for any command
 * @param since created at this time or later; absent for any
 * @param until created before this time; absent for any
 */
public record ExecutionFilter(
        TenantFilter tenants,
        @Nullable Set<VmId> vms,
        Set<ExecutionState> states,
        Map<String, String> labels,
        @Nullable String keyId,
        @Nullable String savedCommand,
        @Nullable Instant since,
        @Nullable Instant until) {
    public static final ExecutionFilter ALL =
            new ExecutionFilter(TenantFilter.all(), null, Set.of(), Map.of(), null, null);

    public ExecutionFilter {
        vms = vms == null ? null : Set.copyOf(vms);
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    /** Fits executions of any key and command. */
    public ExecutionFilter(
            TenantFilter tenants,
            @Nullable Set<VmId> vms,
            Set<ExecutionState> states,
            Map<String, String> labels,
            @Nullable Instant since,
            @Nullable Instant until) {
        this(tenants, vms, states, labels, null, null, since, until);
    }

    public boolean matches(Execution execution) {
        SavedCommandVersion saved = execution.spec().saved();
        return tenants.includes(execution.spec().tenant())
                && (vms == null || vms.contains(execution.vm()))
                && (states.isEmpty() || states.contains(execution.state()))
                && execution.spec().labels().entrySet().containsAll(labels.entrySet())
                && (keyId == null || keyId.equals(execution.spec().keyId()))
                && (savedCommand == null || (saved != null && savedCommand.equals(saved.name())))
                && (since == null || !execution.createdAt().isBefore(since))
                && (until == null || execution.createdAt().isBefore(until));
    }
}
