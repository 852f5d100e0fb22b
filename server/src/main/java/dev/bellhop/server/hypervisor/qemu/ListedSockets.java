// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** VMs that the configuration names one by one; they exist whether their sockets do or not. */
final class ListedSockets implements SocketLocator {
    private final SortedMap<VmId, VmSockets> sockets;

    ListedSockets(Map<VmId, VmSockets> sockets) {
        this.sockets = Collections.unmodifiableSortedMap(new TreeMap<>(sockets));
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
