// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.Changes;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;

/** Finds executions as they stand now. Shows nothing before it is durable. Thread safe. */
public interface ExecutionLookup extends Changes {
    /**
     * One execution.
     *
     * @param tenants who may have started it. One of another tenant's takes as long to look for as one that does not exist.
     * @param longestWait for its end, where it has not ended; zero to see it as it is
     */
    Optional<ExecutionSnapshot> find(ExecutionId id, TenantFilter tenants, Duration longestWait);

    /** Likewise the newest execution in a VM that the guest called by this pid. */
    Optional<ExecutionSnapshot> find(VmId vm, long pid, TenantFilter tenants, Duration longestWait);

    /** Somebody reads the output of one, and may want more of it soon: it is read from the guest more often for a while. */
    void noteReader(ExecutionId id);

    /** Executions as they are stored. */
    ExecutionReader stored();

    /** The same with all of its command, of which it may have the beginning. */
    Execution whole(Execution execution);

    /** What an execution would be started with; empty where it is not pending any more. */
    Optional<StartOptions> startOptions(ExecutionId id);

    /** Has the follower get also what an execution writes beyond what is kept; empty where it has ended. */
    Optional<OutputRelay.Reader> follow(ExecutionId id);
}
