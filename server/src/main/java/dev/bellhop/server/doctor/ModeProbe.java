// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.VmId;

/** Finds out how commands run in a VM, as is done before its first one. Thread safe. */
@FunctionalInterface
public interface ModeProbe {
    /** Whether the supervisor looks after them, and not the agent alone. */
    boolean isSupervised(VmId vm, Deadline deadline) throws AgentException;
}
