// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/** A VM that a caller sees, as {@link VmAccess} has found. For one thread. */
public final class VisibleVm {
    private final Permit permit;
    private final VmId id;
    private final VmAccess access;
    private @Nullable VirtualMachine machine;

    VisibleVm(Permit permit, VmId id, VmAccess access) {
        this.permit = permit;
        this.id = id;
        this.access = access;
    }

    public VmId id() {
        return id;
    }

    /**
     * The VM itself, looked for once.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code NOT_FOUND} where there is none
     */
    public VirtualMachine machine() {
        if (machine == null) {
            machine = access.machine(id);
        }
        return machine;
    }

    /** As {@link Permit#callerOf}. */
    Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    Permit permit() {
        return permit;
    }
}
