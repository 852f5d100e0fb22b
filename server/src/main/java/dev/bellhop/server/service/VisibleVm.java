// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.vm.VmId;

/** A VM that a caller sees, as {@link VmAccess} has found. For one thread. */
public final class VisibleVm {
    private final Permit permit;
    private final VmId id;
    private final VmAccess access;

    VisibleVm(Permit permit, VmId id, VmAccess access) {
        this.permit = permit;
        this.id = id;
        this.access = access;
    }

    public VmId id() {
        return id;
    }

    /**
     * Throws where there is none of its id.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code NOT_FOUND}
     */
    void requireThere() {
        access.requireThere(id);
    }

    /** As {@link Permit#callerOf}. */
    Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    Permit permit() {
        return permit;
    }
}
