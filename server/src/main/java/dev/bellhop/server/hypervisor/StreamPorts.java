// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;

/**
 * Serial ports into the guest of one VM beside its agent's, by which host and guest exchange bytes as fast as the guest can. A port
 * is named {@code dev.bellhop.stream.N}. Thread safe.
 */
public interface StreamPorts {
    /** What each port's name begins with; a number follows. */
    String NAME_PREFIX = "dev.bellhop.stream.";

    /**
     * Connects to a port that nobody uses: one that the VM has by its definition, or else one that is plugged into the running VM.
     * Removes those that an earlier server has left plugged.
     *
     * @throws StreamPortException if there is none; then nothing is left plugged
     */
    StreamPort plug(Deadline deadline) throws StreamPortException;

    /** Removes ports that an earlier server has left plugged, and that nobody uses. */
    void removeLeftovers(Deadline deadline) throws StreamPortException;
}
