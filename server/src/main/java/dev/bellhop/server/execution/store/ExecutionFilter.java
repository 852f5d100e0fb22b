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
 * Selects the executions of a list: only executions that match all parts.
 *
 * @param vms executions in one of these VMs; absent for any
 * @param states executions in one of these states; empty for any
 * @param keyId executions that the key with this id started; absent for any
 * @param savedCommand executions of this saved command, in any version; absent for any command
 * @param since executions created at this time or later; absent for any
 * @param until executions created before this time; absent for any
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

    /** Matches executions of any key and command. */
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
