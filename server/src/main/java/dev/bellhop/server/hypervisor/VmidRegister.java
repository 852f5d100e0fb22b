// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Which VM of a hypervisor that knows VMs by UUIDs has which vmid. A VM without a vmid is given a number once; of two that claim the
 * same, the one that has had it keeps it. Shared by all hypervisors of the process. Thread safe.
 */
public interface VmidRegister {
    /** What each VM has or had. */
    Map<UUID, VmId> kept();

    /** A number that no VM has or had, and that is not taken; empty where it will be there later. */
    Optional<VmId> free(UUID vm, Collection<VmId> taken);

    /** Keeps what these VMs have now, besides what others had. It is durable when this returns. */
    void keep(Map<UUID, VmId> now) throws IOException;

    /** Calls this once there are numbers that were not there before. */
    default void whenGiven(Runnable listener) {}
}
