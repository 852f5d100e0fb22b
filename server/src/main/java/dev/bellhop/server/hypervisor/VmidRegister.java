// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Maps the VMs of hypervisors that identify them by UUID to vmids. A VM without a vmid gets a number once; if two claim
 * the same vmid, the previous owner keeps it. Shared by all hypervisors of the process. Thread safe.
 */
public interface VmidRegister {
    /** Returns the current or last vmid of each VM. */
    Map<UUID, VmId> kept();

    /** Returns a vmid that no VM has or had and that is not in {@code taken}; empty if one will be available later. */
    Optional<VmId> free(UUID vm, Collection<VmId> taken);

    /** Stores the current vmids of these VMs, in addition to the vmids of others. Durable on return. */
    void keep(Map<UUID, VmId> now) throws IOException;

    /** Sets a callback for when new numbers become available. */
    default void whenGiven(Runnable listener) {}
}
