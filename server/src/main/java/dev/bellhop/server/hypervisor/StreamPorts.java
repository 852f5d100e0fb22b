// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;

/**
 * Serial ports into the guest of one VM, beside the agent's, for bulk data at full speed. A port is named {@code
 * dev.bellhop.stream.N}. Thread safe.
 */
public interface StreamPorts {
    /** Prefix of each port's name; a number follows. */
    String NAME_PREFIX = "dev.bellhop.stream.";

    /**
     * Connects to a free port: one from the VM's definition, or else a new one plugged into the running VM. Removes
     * ports that an earlier server has left plugged.
     *
     * @throws StreamPortException if there is none; then nothing is left plugged
     */
    StreamPort plug(Deadline deadline) throws StreamPortException;

    /** Removes unused ports that an earlier server has left plugged. */
    void removeLeftovers(Deadline deadline) throws StreamPortException;
}
