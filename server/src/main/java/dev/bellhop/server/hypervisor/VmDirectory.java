// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** All VMs of all hypervisors. Where two claim the same vmid, the one configured first has it. */
public final class VmDirectory implements AutoCloseable {
    private final List<Hypervisor> hypervisors;

    public VmDirectory(List<Hypervisor> hypervisors) {
        this.hypervisors = List.copyOf(hypervisors);
    }

    /** The VMs there are now, in order of their ids. */
    public SortedSet<VmId> vms() {
        SortedSet<VmId> all = new TreeSet<>();
        hypervisors.forEach(hypervisor -> all.addAll(hypervisor.vms()));
        return all;
    }

    public Optional<VirtualMachine> find(VmId id) {
        return hypervisors.stream().flatMap(h -> h.find(id).stream()).findFirst();
    }

    @Override
    public void close() {
        hypervisors.forEach(Hypervisor::close);
    }
}
