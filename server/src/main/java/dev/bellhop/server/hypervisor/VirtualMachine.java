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

/** One VM of a hypervisor: its agent, and the hypervisor's information about it and control over it. Thread safe. */
public interface VirtualMachine {
    VmId id();

    /**
     * Returns the name that people use for it; empty if the hypervisor knows no name, or one too long. Makes no query.
     */
    default Optional<VmName> name() {
        return Optional.empty();
    }

    /** Returns its guest agent. It is the same object each time, because callers must queue for the only channel. */
    GuestAgent agent();

    /**
     * Asks the hypervisor for the VM's state. Never fails: the state is unknown if there is no answer by the deadline.
     */
    VmState state(Deadline deadline);

    /**
     * Checks whether the VM seems to be on this host, rather than off or migrated. The agent need not answer. During a
     * live migration the VM is on two hosts; on the target it is paused.
     */
    default boolean isHere(Deadline deadline) {
        return state(deadline).power() != PowerState.STOPPED;
    }

    /** Returns the state of the agent's channel, from the hypervisor. Never fails; makes no call to the agent. */
    default AgentChannel channel(Deadline deadline) {
        return AgentChannel.UNKNOWN;
    }

    /** Returns the VM's resources and their use. Never fails: values without an answer by the deadline are absent. */
    default VmUsage usage(Deadline deadline) {
        return VmUsage.UNKNOWN;
    }

    default Optional<VmPower> power() {
        return Optional.empty();
    }

    /**
     * Returns the ports for streams into the guest; empty if they are switched off, or its hypervisor has none. Makes
     * no query.
     */
    default Optional<StreamPorts> streamPorts() {
        return Optional.empty();
    }
}
