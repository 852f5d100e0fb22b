// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Consumer;

/** A source of VMs. Implementations are thread safe. */
public interface Hypervisor extends AutoCloseable {
    SortedSet<VmId> vms();

    /** The VM with this id, stopped or not; empty where this hypervisor has none. Cheap: asks neither monitor nor agent. */
    Optional<VirtualMachine> find(VmId id);

    /**
     * Tells the listener from now on of VMs about which something is different, or may be: one was started, stopped, paused
     * or resumed, has come or gone, or its guest has opened or closed the agent's channel. The listener is called on a thread
     * of the hypervisor's, and must return at once and throw nothing. A hypervisor that learns of no changes tells of none,
     * so the listener's owner has to look by itself as well, only less often.
     */
    default void listen(Consumer<VmId> listener) {}

    /**
     * Whether it can be asked for its VMs now, as far as is known without asking it; empty where nothing stands between the server
     * and its VMs that could fail for all of them.
     */
    default Optional<Boolean> isUp() {
        return Optional.empty();
    }

    /** Closes what is open to a VM, and takes it for one that has never been here until it is found again. */
    default void forget(VmId id) {}

    /** Has what cannot be right in its configuration logged, so that the operator learns of it early. Returns at once. */
    default void check() {}

    /** Lets go of every channel. VMs are not touched. */
    @Override
    void close();
}
