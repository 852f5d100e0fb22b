// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;

/** Finds VMs for callers. What a key does not see and what does not exist cannot be told apart by it. */
public final class VmAccess {
    private final VmDirectory directory;
    private final Accounts accounts;

    public VmAccess(VmDirectory directory, Accounts accounts) {
        this.directory = directory;
        this.accounts = accounts;
    }

    /**
     * A VM that is there.
     *
     * @throws BellhopException {@code NOT_FOUND}
     */
    public VisibleVm find(Permit permit, VmId id) {
        VisibleVm vm = visible(permit, id);
        vm.machine();
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
        return new VisibleVm(permit, id, this);
    }

    /** Whether the key still sees the VM: it may come to another owner while its holder waits. */
    public boolean sees(Key key, VmId id) {
        return accounts.sees(key, id);
    }

    VirtualMachine machine(VmId id) {
        return directory.find(id).orElseThrow(() -> notFound(id));
    }

    private static BellhopException notFound(VmId id) {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id);
    }
}
