// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;

/** One VM of a hypervisor, and the two ways to talk to it. Thread safe. */
public interface VirtualMachine {
    VmId id();

    /** Its guest agent. The same object each time, so that callers queue for the one channel there is. */
    GuestAgent agent();

    /** Asks the hypervisor what the VM is doing. Never fails: what cannot be learned by the deadline is unknown. */
    VmState state(Deadline deadline);
}
