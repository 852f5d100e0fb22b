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

/** Shows VMs: one, many, what they use, what their guests tell, and whether commands can be run in them. Thread safe. */
public final class VmReads {
    private final Vms vms;
    private final Accounts accounts;
    private final VmAccess access;
    private final Keys keys;
    private final WaiterLimit waiters;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: then nobody is kept waiting */
    public VmReads(
            Vms vms, Accounts accounts, VmAccess access, Keys keys, WaiterLimit waiters, BooleanSupplier serving) {
        this.vms = vms;
        this.accounts = accounts;
        this.access = access;
        this.keys = keys;
        this.waiters = waiters;
        this.serving = serving;
    }

    /** A VM, and whose it is as far as the caller is told. */
    public record ShownVm(VmOverview vm, Tenant owner) {}

    /**
     * The ids of those that the caller sees, in their order.
     *
     * @param name only those of exactly this name; absent for all
     */
    public List<VmId> list(Permit permit, @Nullable VmName name) {
        List<VmId> visible = visible(permit, vms.ids().stream().toList());
        return name == null
                ? visible
                : visible.stream()
                        .filter(vm -> vms.name(vm).filter(name::equals).isPresent())
                        .toList();
    }

    /** Whether there is a VM that the caller sees. Asks no hypervisor. */
    public boolean visible(Permit permit, VmId id) {
        return access.sees(permit.callerOf(UseCase.VM_LIST).key(), id) && vms.exists(id);
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

    /**
     * Whether commands can be run, once that is enough for the caller or the wait is over; throws {@code UNAUTHORIZED} or
     * {@code NOT_FOUND} as soon as a new request of the caller's would get that.
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
        // It may have come to another owner meanwhile.
        access.find(vm.permit(), id);
        return check;
    }
}
