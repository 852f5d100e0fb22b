// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.vm.VmId;

/** Runs short helper scripts in a VM's guest, which are not executions, and waits for their end. Thread safe. */
@FunctionalInterface
public interface GuestScriptRunner {
    /**
     * Runs it.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code NOT_FOUND} if there is no such VM
     */
    ExecStatus run(VmId vm, ExecCommand command, Deadline deadline) throws AgentException;
}
