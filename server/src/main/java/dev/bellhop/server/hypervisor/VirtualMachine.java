// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import java.util.Optional;

/** One VM of a hypervisor: its agent, and what the hypervisor knows of it and can do to it. Thread safe. */
public interface VirtualMachine {
    VmId id();

    /** What people call it; empty where its hypervisor knows no name, or one too long. Asks nobody. */
    default Optional<VmName> name() {
        return Optional.empty();
    }

    /** Its guest agent. The same object each time, so that callers queue for the one channel there is. */
    GuestAgent agent();

    /** Asks the hypervisor what the VM is doing. Never fails: what cannot be learned by the deadline is unknown. */
    VmState state(Deadline deadline);

    /**
     * Whether it seems to be on this host, rather than to be switched off or to have moved. The agent need not answer. While a live
     * migration lasts it is on two hosts: it is paused where it goes to.
     */
    default boolean isHere(Deadline deadline) {
        return state(deadline).power() != PowerState.STOPPED;
    }

    /** What the hypervisor knows about the agent's channel. Never fails; the agent is not asked. */
    default AgentChannel channel(Deadline deadline) {
        return AgentChannel.UNKNOWN;
    }

    /** What the VM has and uses. Never fails: what cannot be learned by the deadline is absent. */
    default VmUsage usage(Deadline deadline) {
        return VmUsage.UNKNOWN;
    }

    default Optional<VmPower> power() {
        return Optional.empty();
    }

    /** Ports for streams into the guest; empty where they are switched off, or its hypervisor has none. Asks nobody. */
    default Optional<StreamPorts> streamPorts() {
        return Optional.empty();
    }
}
