// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.SortedSet;

/** Knows where the sockets of VMs are. Thread safe, and right at the moment it is asked: sockets come and go. */
interface SocketLocator {
    SortedSet<VmId> vms();

    Optional<VmSockets> find(VmId id);

    /** A VM is no more known to be here than if its socket had never been seen. */
    default void forget(VmId id) {}

    /** As {@link dev.bellhop.server.hypervisor.Hypervisor#isUp}. */
    default Optional<Boolean> isUp() {
        return Optional.empty();
    }
}
