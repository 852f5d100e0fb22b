// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import java.nio.channels.SocketChannel;

/** A port of a VM with the host connected to it. The guest may not have opened its end yet. */
public interface StreamPort {
    /** The name in the guest: {@code dev.bellhop.stream.1}. */
    String name();

    /** The host's end, in blocking mode. Its owner reads and writes; an interrupt during either closes it. */
    SocketChannel channel();

    /**
     * Closes the channel and removes the port from the VM, unless the VM's definition has it. Succeeds if the VM is
     * gone. Can be called again after a failure.
     *
     * @throws StreamPortException if it may still be plugged
     */
    void unplug(Deadline deadline) throws StreamPortException;

    /**
     * Gives the port up after {@link #unplug} has failed for the last time: it is now a leftover, and the next plug
     * removes it.
     */
    default void abandon() {}
}
