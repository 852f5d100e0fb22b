// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;

/** Finds VMs for callers. What a key does not see and what does not exist cannot be told apart by it. */
final class VmAccess {
    private final VmDirectory directory;
    private final Accounts accounts;

    VmAccess(VmDirectory directory, Accounts accounts) {
        this.directory = directory;
        this.accounts = accounts;
    }

    /** The vmid in the path, if the caller may see a VM of that id; whether there is one is another question. */
    VmId vmid(Call call) {
        VmId id = Parameters.vmid(call);
        if (!accounts.sees(call.caller(), id)) {
            throw notFound(id);
        }
        return id;
    }

    /** Whether the key still sees the VM: it may come to another owner while its holder waits. */
    boolean sees(Key caller, VmId id) {
        return accounts.sees(caller, id);
    }

    /** The VM in the path. */
    VirtualMachine vm(Call call) {
        VmId id = vmid(call);
        return directory.find(id).orElseThrow(() -> notFound(id));
    }

    private static BellhopException notFound(VmId id) {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id);
    }
}
