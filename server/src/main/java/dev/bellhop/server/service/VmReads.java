// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.GuestAnswer;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.VmUsageNow;
import dev.bellhop.server.vms.Vms;
import java.util.List;

/** Shows VMs: one, many, what they use and what their guests tell. Thread safe. */
public final class VmReads {
    private final Vms vms;
    private final Accounts accounts;
    private final VmAccess access;

    public VmReads(Vms vms, Accounts accounts, VmAccess access) {
        this.vms = vms;
        this.accounts = accounts;
        this.access = access;
    }

    /** A VM, and whose it is as far as the caller is told. */
    public record ShownVm(VmOverview vm, Tenant owner) {}

    /** The ids of those that the caller sees, in their order. */
    public List<VmId> list(Permit permit) {
        return visible(permit, vms.ids().stream().toList());
    }

    /** Some of a list. Asks their monitors, and no agent. */
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
        // It was the caller's when it was listed, and whose it may have become meanwhile is none of the caller's.
        return new ShownVm(vm, caller.tenant().isOperator() ? accounts.ownerOf(vm.id()) : caller.tenant());
    }

    /** What a VM is doing, and whether commands can be run in it. */
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

    /** All that its guest tells of itself. */
    public GuestAnswer report(VisibleVm vm) {
        vm.callerOf(UseCase.VM_AGENT);
        GuestAnswer answer = vms.report(vm.id());
        // A guest may take its time, and its VM come to another owner meanwhile.
        access.visible(vm.permit(), vm.id());
        return answer;
    }
}
