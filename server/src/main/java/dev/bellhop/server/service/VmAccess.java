// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;

/** Finds VMs for callers. A caller cannot tell a VM it may not see from one that does not exist. */
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

    /** The same, where the VM need not exist: throws {@code NOT_FOUND} where the caller may not see one of that id. */
    public VisibleVm visible(Permit permit, VmId id) {
        if (!sees(permit.caller().key(), id)) {
            throw notFound(id);
        }
        return new VisibleVm(permit, id);
    }

    /** Whether the key still sees the VM: it may come to another owner while its holder waits. */
    public boolean sees(Key key, VmId id) {
        return accounts.sees(key, id);
    }

    /** The same of what was started there under a tenant. */
    public boolean sees(Key key, VmId id, Tenant startedBy) {
        return accounts.sees(key, id, startedBy);
    }

    /** Throws {@code NOT_FOUND} where there is no such VM. */
    public void requireThere(VisibleVm vm) {
        if (!vms.exists(vm.id())) {
            throw notFound(vm.id());
        }
    }

    private static BellhopException notFound(VmId id) {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id);
    }
}
