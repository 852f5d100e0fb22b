// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which executions a list holds: those that fit all of these.
 *
 * @param account started under this account; absent for any
 * @param vms in one of these VMs; absent for any
 * @param states in one of these states; empty for any
 * @param labels with all of these labels
 * @param since created at this time or later; absent for any
 * @param until created before this time; absent for any
 */
public record ExecutionFilter(
        @Nullable String account,
        @Nullable Set<VmId> vms,
        Set<ExecutionState> states,
        Map<String, String> labels,
        @Nullable Instant since,
        @Nullable Instant until) {
    public static final ExecutionFilter ALL = new ExecutionFilter(null, null, Set.of(), Map.of(), null, null);

    public ExecutionFilter {
        vms = vms == null ? null : Set.copyOf(vms);
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    /** Whether an execution fits. */
    public boolean matches(Execution execution) {
        return (account == null || account.equals(execution.spec().account()))
                && (vms == null || vms.contains(execution.vm()))
                && (states.isEmpty() || states.contains(execution.state()))
                && execution.spec().labels().entrySet().containsAll(labels.entrySet())
                && (since == null || !execution.createdAt().isBefore(since))
                && (until == null || execution.createdAt().isBefore(until));
    }
}
