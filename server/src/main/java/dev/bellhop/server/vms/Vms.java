// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The VMs: their list, their states, their guests' reports, and their power switches. Code that serves callers uses
 * only this interface, so a VM can be on another node. It does not check callers: first check that the caller sees the
 * VM.
 *
 * <p>Methods with a vmid throw {@code NOT_FOUND} if there is no such VM. Thread safe.
 */
public interface Vms {
    /** Returns the vmids in order. */
    SortedSet<VmId> ids();

    /** Returns whether there is such a VM. Cheap: queries neither monitor nor agent. */
    boolean exists(VmId vm);

    /** Returns its name; empty if its hypervisor knows none, or there is no such VM. As cheap. */
    Optional<VmName> name(VmId vm);

    /**
     * Returns one page of a list. Queries the VMs' monitors in parallel, and no agent. A VM that has disappeared is
     * included, in an unknown state.
     */
    List<VmOverview> page(List<VmId> vms);

    /** Returns one VM in its current state; the part about its agent is at most some seconds old. */
    VmOverview find(VmId vm);

    VmState state(VmId vm);

    /** Returns its state and resource use; for a VM that is off, no use. */
    VmUsageNow usage(VmId vm);

    /** Finds out whether commands can be run in it. Takes seconds at most. */
    AgentCheck check(VmId vm);

    /**
     * Like {@link #check}, and waits until the result is sufficient, or for at most {@code longest}.
     *
     * @param goesOn polled: whether the caller still waits
     */
    AgentCheck await(VmId vm, Predicate<AgentReport> enough, Duration longest, BooleanSupplier goesOn)
            throws InterruptedException;

    /** Returns the guest's full report, at most some seconds old. */
    GuestAnswer report(VmId vm);

    /**
     * Begins a power operation; returns once that is stored.
     *
     * @throws dev.bellhop.server.failure.BellhopException like {@link Operations#start}
     */
    Operations.Started power(VmId vm, OperationRequest request);

    /** Forgets the reports of its guest, which now belongs to another tenant. */
    void forget(VmId vm);
}
