// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What can be asked of the process that has an execution's VM, once the execution is stored: this process, or another
 * one. Each failure is a {@code BellhopException}. Thread safe.
 */
public interface Engine {
    /**
     * Ends an execution: it is not started if it waits, or its processes get TERM, and KILL after a grace period.
     *
     * @return whether the wish is durable; if it is not, the execution is ended all the same, and the wish stored later
     */
    boolean cancel(ExecutionId id, Duration grace, Deadline deadline);

    /** As {@link ExecutionActions#signal}. */
    void signal(ExecutionId id, int signal, Runnable check, Deadline deadline);

    /** As {@link ExecutionActions#writeStdin}. */
    long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline);

    /** As {@link Approvals#approve}. */
    void approve(ExecutionId id, String keyId, String digest, Deadline deadline);

    /** As {@link Approvals#reject}. */
    void reject(ExecutionId id, Deadline deadline);

    /** Its place among those that wait for their turn in the same VM, 1 for the next; empty if it does not wait. */
    OptionalInt queuePlace(ExecutionId id);

    /** A VM has another owner: what waits there and may not be started any more ends now, and gives up its place. */
    void vmReassigned(VmId vm);

    /** A saved command is no more: what waits to run it ends now. */
    void savedCommandDeleted(Tenant tenant, String name);
}
