// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/** All VMs of all hypervisors. If two claim the same vmid, the first keeps it. Thread safe. */
public final class VmDirectory implements AutoCloseable {
    private final List<Hypervisor> hypervisors;
    /** The owner of each VM, set by the first lookup: a VM never changes hands under a command that runs in it. */
    private final ConcurrentMap<VmId, Hypervisor> owners = new ConcurrentHashMap<>();

    public VmDirectory(List<Hypervisor> hypervisors) {
        this.hypervisors = List.copyOf(hypervisors);
    }

    public SortedSet<VmId> vms() {
        SortedSet<VmId> all = new TreeSet<>();
        hypervisors.forEach(hypervisor -> all.addAll(hypervisor.vms()));
        return all;
    }

    public Optional<VirtualMachine> find(VmId id) {
        Hypervisor owner = owners.get(id);
        if (owner != null) {
            return owner.find(id);
        }
        for (Hypervisor candidate : hypervisors) {
            if (candidate.find(id).isPresent()) {
                return owners.computeIfAbsent(id, vm -> candidate).find(id);
            }
        }
        return Optional.empty();
    }

    /**
     * Like {@link Hypervisor#listen}, for all hypervisors. The listener may get a vmid that belongs to another
     * hypervisor.
     */
    public void listen(Consumer<VmId> listener) {
        hypervisors.forEach(hypervisor -> hypervisor.listen(listener));
    }

    /** Like {@link Hypervisor#forget}. */
    public void forget(VmId id) {
        owners.remove(id);
        hypervisors.forEach(hypervisor -> hypervisor.forget(id));
    }

    public void check() {
        hypervisors.forEach(Hypervisor::check);
    }

    @Override
    public void close() {
        hypervisors.forEach(Hypervisor::close);
    }
}
