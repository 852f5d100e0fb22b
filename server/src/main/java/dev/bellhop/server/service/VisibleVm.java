// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.vm.VmId;

/** A VM that a caller sees, as {@link VmAccess} has found. For one thread. */
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

    /** As {@link Permit#callerOf}. */
    public Caller callerOf(UseCase asked) {
        return permit.callerOf(asked);
    }

    /** What the use case goes by. */
    public Permit permit() {
        return permit;
    }
}
