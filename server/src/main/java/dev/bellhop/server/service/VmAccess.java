// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;

/** Finds VMs for callers. What a key does not see and what does not exist cannot be told apart by it. */
public final class VmAccess {
    private final Vms vms;
    private final Accounts accounts;

    public VmAccess(Vms vms, Accounts accounts) {
        this.vms = vms;
        this.accounts = accounts;
    }

    /**
     * A VM that is there.
     *
     * @throws BellhopException {@code NOT_FOUND}
     */
    public VisibleVm find(Permit permit, VmId id) {
        VisibleVm vm = visible(permit, id);
        requireThere(vm);
        return vm;
    }

    /**
     * As the other, whether there is a VM of that id or not.
     *
     * @throws BellhopException {@code NOT_FOUND} where the caller may not see one
     */
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

    /**
     * Throws if there is no VM of its id.
     *
     * @throws BellhopException {@code NOT_FOUND}
     */
    void requireThere(VisibleVm vm) {
        if (!vms.exists(vm.id())) {
            throw notFound(vm.id());
        }
    }

    private static BellhopException notFound(VmId id) {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id);
    }
}
