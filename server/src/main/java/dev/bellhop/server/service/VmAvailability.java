// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Whether commands can be run in a VM, and the wait until they can. Thread safe. */
public final class VmAvailability {
    private final Vms vms;
    private final VmAccess access;
    private final Keys keys;
    private final WaiterLimit waiters;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: then nobody is kept waiting */
    public VmAvailability(Vms vms, VmAccess access, Keys keys, WaiterLimit waiters, BooleanSupplier serving) {
        this.vms = vms;
        this.access = access;
        this.keys = keys;
        this.waiters = waiters;
        this.serving = serving;
    }

    /**
     * What is found, once that is enough or the wait is over.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code UNAUTHORIZED} or {@code NOT_FOUND} as soon as a new request of
     *     the caller's would get that
     */
    public AgentCheck check(VisibleVm vm, Duration wait, Predicate<AgentReport> enough) {
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
            throw Caller.notAccepted();
        }
        // It may have come to another owner meanwhile.
        access.find(vm.permit(), id);
        return check;
    }
}
