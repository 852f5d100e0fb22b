// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.SortedSet;

/** Locates the sockets of VMs. Thread safe. Answers hold only for the moment: sockets come and go. */
interface SocketLocator {
    SortedSet<VmId> vms();

    Optional<VmSockets> find(VmId id);

    /** Forgets a VM, as if its socket had never been seen. */
    default void forget(VmId id) {}

    /** Like {@link dev.bellhop.server.hypervisor.Hypervisor#isUp}. */
    default Optional<Boolean> isUp() {
        return Optional.empty();
    }
}
