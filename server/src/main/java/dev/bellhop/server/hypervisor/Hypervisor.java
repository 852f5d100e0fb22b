// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.SortedSet;

/** A source of VMs. Implementations are thread safe. */
public interface Hypervisor extends AutoCloseable {
    /** The VMs it has now, in order of their ids. */
    SortedSet<VmId> vms();

    /** The VM with this id, stopped or not; empty where this hypervisor has none. Cheap: asks neither monitor nor agent. */
    Optional<VirtualMachine> find(VmId id);

    /** Lets go of every channel. VMs are not touched. */
    @Override
    void close();
}
