// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;

/** Finds VMs for callers. A caller cannot distinguish a VM it is not allowed to see from a missing VM. */
public final class VmAccess {
    private final Vms vms;
    private final Accounts accounts;

    public VmAccess(Vms vms, Accounts accounts) {
        this.vms = vms;
        this.accounts = accounts;
    }

    /** Finds a VM that exists; throws {@code NOT_FOUND}. */
    public VisibleVm find(Permit permit, VmId id) {
        VisibleVm vm = visible(permit, id);
        requireThere(vm);
        return vm;
    }

    /**
     * Same, but the VM need not exist: throws {@code NOT_FOUND} only if the caller is not allowed to see a VM with that
     * id.
     */
    public VisibleVm visible(Permit permit, VmId id) {
        if (!sees(permit.caller().key(), id)) {
            throw notFound(id);
        }
        return new VisibleVm(permit, id);
    }

    /** Checks whether the key still sees the VM, which can change its owner while a request waits. */
    public boolean sees(Key key, VmId id) {
        return accounts.sees(key, id);
    }

    /** Same, for commands and terminals that were started there under a tenant. */
    public boolean sees(Key key, VmId id, Tenant startedBy) {
        return accounts.sees(key, id, startedBy);
    }

    /** Throws {@code NOT_FOUND} if the VM does not exist. */
    public void requireThere(VisibleVm vm) {
        if (!vms.exists(vm.id())) {
            throw notFound(vm.id());
        }
    }

    private static BellhopException notFound(VmId id) {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id);
    }
}
