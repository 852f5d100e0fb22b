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
 * The VMs: which there are, what they do, what their guests tell, and their power switches. Whoever serves callers asks here
 * and nowhere else, so that a VM may be on another node. It knows no callers: ask first whether the caller sees the VM.
 *
 * <p>A method that takes a VM throws {@code NOT_FOUND} where there is none of that id. Thread safe.
 */
public interface Vms {
    /** In their order. */
    SortedSet<VmId> ids();

    /** Whether there is one of this id. Cheap: asks neither monitor nor agent. */
    boolean exists(VmId vm);

    /** What people call it; empty where its hypervisor knows no name, or there is no such VM. As cheap. */
    Optional<VmName> name(VmId vm);

    /**
     * What is known of some VMs, a page of a list. Asks their monitors, all at once, and no agent. One that is gone by now is
     * there, in an unknown state.
     */
    List<VmOverview> page(List<VmId> vms);

    /** One VM as it is now; what is said of its agent is some seconds old at most. */
    VmOverview find(VmId vm);

    VmState state(VmId vm);

    /** What it is doing and what it uses; of a VM that is off, nothing. */
    VmUsageNow usage(VmId vm);

    /** Finds out whether commands can be run in it. Takes seconds at most. */
    AgentCheck check(VmId vm);

    /**
     * As {@link #check}, and waits until what is found is enough, or for so long.
     *
     * @param goesOn asked now and then: whether the wait is still wanted
     */
    AgentCheck await(VmId vm, Predicate<AgentReport> enough, Duration longest, BooleanSupplier goesOn)
            throws InterruptedException;

    /** All that its guest tells of itself, some seconds old at most. */
    GuestAnswer report(VmId vm);

    /**
     * Begins to switch it on or off; returns once that is stored.
     *
     * @throws dev.bellhop.server.failure.BellhopException as {@link Operations#start}
     */
    Operations.Started power(VmId vm, OperationRequest request);

    /** Forgets what was learned of its guest, which is another tenant's from now on. */
    void forget(VmId vm);
}
