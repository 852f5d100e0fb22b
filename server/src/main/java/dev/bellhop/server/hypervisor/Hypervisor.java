// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Consumer;

/** A source of VMs. Implementations are thread safe. */
public interface Hypervisor extends AutoCloseable {
    SortedSet<VmId> vms();

    /**
     * Returns the VM with this id, running or stopped; empty if this hypervisor has none. Cheap: queries neither
     * monitor nor agent.
     */
    Optional<VirtualMachine> find(VmId id);

    /**
     * Calls the listener with each VM that has or may have changed: it was started, stopped, paused or resumed, has
     * appeared or disappeared, or its guest has opened or closed the agent's channel. The hypervisor calls the listener
     * on one of its own threads; the listener must return immediately and throw nothing. A hypervisor that receives no
     * events never calls it, so the listener's owner must also poll, less often.
     */
    default void listen(Consumer<VmId> listener) {}

    /**
     * Returns whether the hypervisor can list its VMs now, as far as known without a query; empty if nothing between
     * the server and the VMs could fail for all of them.
     */
    default Optional<Boolean> isUp() {
        return Optional.empty();
    }

    /** Closes the connections to a VM, and treats the VM as never seen until it is found again. */
    default void forget(VmId id) {}

    /** Logs settings that cannot be right, to warn the operator early. Returns immediately. */
    default void check() {}

    /** Closes every channel. VMs keep running. */
    @Override
    void close();
}
