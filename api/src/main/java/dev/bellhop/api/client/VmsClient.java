// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.vm.AssignVm;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.api.v2.vm.MoveVm;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The VMs, and which account and which node has them, with the errors of {@link BellhopClient}. Thread safe. */
public final class VmsClient {

    private final Calls calls;

    VmsClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * The VMs that the key may see, by ascending vmid.
     *
     * @param limit the most that are wanted; absent for the server's usual number
     * @param cursor where to go on, from the part before; absent for the beginning
     */
    public Page<VmSummary> list(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return calls.page(new PathAndQuery("/api/v2/vps").page(limit, cursor), VmSummary.class);
    }

    /** The same, of those that people call exactly so. */
    public Page<VmSummary> list(String name, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return calls.page(new PathAndQuery("/api/v2/vps").with("name", name).page(limit, cursor), VmSummary.class);
    }

    /** Every VM that the key may see, by ascending vmid. */
    public Pages<VmSummary> all() {
        return new Pages<>(this::list);
    }

    /** A VM, with whether its agent is available. */
    public VmSummary get(long vmid) throws InterruptedException {
        return calls.get(Calls.vm(vmid), VmSummary.class);
    }

    /** What a VM does, has and uses, as its hypervisor sees it. */
    public VmUsageView usage(long vmid) throws InterruptedException {
        return calls.get(Calls.vm(vmid) + "/status", VmUsageView.class);
    }

    /**
     * Whether commands can be run in that VM, and why not.
     *
     * @param known what the caller knows already, as in {@link AvailabilityView#availability()}: the answer is held back for
     *     as long as it is that; absent: until commands can be run
     * @param wait how long the answer is held back at most, up to {@link BellhopClient#MAX_WAIT}
     */
    public AvailabilityView awaitAvailability(long vmid, @Nullable String known, Duration wait)
            throws InterruptedException {
        String path = new PathAndQuery(Calls.vm(vmid) + "/availability")
                .wait(wait)
                .with("while", known)
                .toString();
        return calls.get(path, wait, AvailabilityView.class);
    }

    /** What is amiss with a VM and its guest. */
    public CheckupView checkup(long vmid) throws InterruptedException {
        return calls.get(Calls.vm(vmid) + "/doctor", CheckupView.class);
    }

    /**
     * Gives a VM to an account, whoever had it before. What was started in it under another account is not seen by its keys.
     *
     * @param vmid of a VM, which need not be there
     */
    public void assign(long vmid, String account) throws InterruptedException {
        calls.post(Calls.vm(vmid) + "/actions/assign", new AssignVm(account));
    }

    /** Takes a VM from the account that has it; does nothing when none has. */
    public void unassign(long vmid) throws InterruptedException {
        calls.post(Calls.vm(vmid) + "/actions/unassign", Map.of());
    }

    /** Gives a VM to the node that it is on now, whichever had it. */
    public void move(long vmid, String node) throws InterruptedException {
        calls.post(Calls.vm(vmid) + "/actions/move", new MoveVm(node));
    }
}
