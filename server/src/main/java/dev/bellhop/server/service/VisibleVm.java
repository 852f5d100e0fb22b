// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.vm.VmId;

/** A VM that a caller sees, found by {@link VmAccess}. For one thread. */
public final class VisibleVm {
    private final Permit permit;
    private final VmId id;

    VisibleVm(Permit permit, VmId id) {
        this.permit = permit;
        this.id = id;
    }

    public VmId id() {
        return id;
    }

    /** Same as {@link Permit#callerOf}. */
    public Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    /** Returns the permit of the use case. */
    public Permit permit() {
        return permit;
    }
}
