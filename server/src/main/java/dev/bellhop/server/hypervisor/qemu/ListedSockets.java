// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** VMs that the configuration lists one by one; they exist even if their sockets do not. */
record ListedSockets(Map<VmId, VmSockets> sockets) implements SocketLocator {
    ListedSockets {
        sockets = Map.copyOf(sockets);
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(sockets.keySet());
    }

    @Override
    public Optional<VmSockets> find(VmId id) {
        return Optional.ofNullable(sockets.get(id));
    }
}
