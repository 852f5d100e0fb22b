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

    /**
     * Has the listener told of changes from now on, for as long as this is open. A hypervisor that learns of none tells of
     * none, so whoever cares has to look for himself as well, only less often.
     */
    default void listen(VmListener listener) {}

    /**
     * Has the log say what of its configuration cannot be right, so that whoever sets a host up hears of it before anybody
     * leans on it. Returns at once.
     */
    default void check() {}

    /** Lets go of every channel. VMs are not touched. */
    @Override
    void close();
}
