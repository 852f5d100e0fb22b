// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.GuestAnswer;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.VmUsageNow;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Shows VMs: a list, a single VM, its usage, the report of its guest, and whether commands can run in it. Thread safe.
 */
public final class VmReads {
    private final Vms vms;
    private final Accounts accounts;
    private final VmAccess access;
    private final Keys keys;
    private final WaiterLimit waiters;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: all waits then end */
    public VmReads(
            Vms vms, Accounts accounts, VmAccess access, Keys keys, WaiterLimit waiters, BooleanSupplier serving) {
        this.vms = vms;
        this.accounts = accounts;
        this.access = access;
        this.keys = keys;
        this.waiters = waiters;
        this.serving = serving;
    }

    /** A VM, and its owner as far as the caller is allowed to know it. */
    public record ShownVm(VmOverview vm, Tenant owner) {}

    /**
     * Returns the ids of the VMs that the caller sees, in order.
     *
     * @param name only VMs with exactly this name; absent for all
     */
    public List<VmId> list(Permit permit, @Nullable VmName name) {
        List<VmId> visible = visible(permit, vms.ids().stream().toList());
        return name == null
                ? visible
                : visible.stream()
                        .filter(vm -> vms.name(vm).filter(name::equals).isPresent())
                        .toList();
    }

    /** Checks whether a VM exists that the caller sees. Queries no hypervisor. */
    public boolean visible(Permit permit, VmId id) {
        return access.sees(permit.callerOf(UseCase.VM_LIST).key(), id) && vms.exists(id);
    }

    /** Shows some VMs of a list. Queries their monitors, but no agent. */
    public List<ShownVm> show(Permit permit, List<VmId> listed) {
        Key caller = permit.callerOf(UseCase.VM_LIST).key();
        return vms.page(visible(permit, listed)).stream()
                .map(vm -> shown(caller, vm))
                .toList();
    }

    private List<VmId> visible(Permit permit, List<VmId> ids) {
        Key caller = permit.callerOf(UseCase.VM_LIST).key();
        return ids.stream().filter(vm -> access.sees(caller, vm)).toList();
    }

    public ShownVm find(VisibleVm vm) {
        return shown(vm.callerOf(UseCase.VM_FIND).key(), vms.find(vm.id()));
    }

    private ShownVm shown(Key caller, VmOverview vm) {
        // The VM was the caller's when it was listed. The caller must not learn its new owner.
        return new ShownVm(vm, caller.tenant().isOperator() ? accounts.ownerOf(vm.id()) : caller.tenant());
    }

    /** Returns a VM's state, and whether commands can run in it. */
    public AgentReport check(VisibleVm vm) {
        vm.callerOf(UseCase.VM_FIND);
        return vms.check(vm.id()).report();
    }

    public VmUsageNow usage(VisibleVm vm) {
        vm.callerOf(UseCase.VM_USAGE);
        VmUsageNow usage = vms.usage(vm.id());
        access.visible(vm.permit(), vm.id());
        return usage;
    }

    /** Returns the guest's full report about itself. */
    public GuestAnswer report(VisibleVm vm) {
        vm.callerOf(UseCase.VM_AGENT);
        GuestAnswer answer = vms.report(vm.id());
        // The VM may have another owner after a slow answer of the guest.
        access.visible(vm.permit(), vm.id());
        return answer;
    }

    /**
     * Checks whether commands can run; returns once the result is enough for the caller or the wait is over. Throws
     * {@code UNAUTHORIZED} or {@code NOT_FOUND} as soon as a new request of the caller would fail with it.
     */
    public AgentCheck availability(VisibleVm vm, Duration wait, Predicate<AgentReport> enough) {
        Key caller = vm.callerOf(UseCase.VM_AVAILABILITY).key();
        VmId id = vm.id();
        if (wait.isZero()) {
            return vms.check(id);
        }
        AgentCheck check;
        try (var _ = waiters.enter(caller)) {
            check = vms.await(
                    id,
                    enough,
                    wait,
                    () -> serving.getAsBoolean() && keys.isStillValid(caller) && access.sees(caller, id));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            check = vms.check(id);
        }
        if (!keys.isStillValid(caller)) {
            throw Caller.noLongerAccepted();
        }
        // The VM may have another owner now.
        access.find(vm.permit(), id);
        return check;
    }
}
