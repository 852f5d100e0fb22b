// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.VmId;

/** Finds out how commands run in a VM, in the same way as before its first command. Thread safe. */
@FunctionalInterface
public interface ModeProbe {
    /** Returns whether the supervisor manages them, rather than only the agent. */
    boolean isSupervised(VmId vm, Deadline deadline) throws AgentException;
}
