// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import java.nio.channels.SocketChannel;

/** A port of a VM with the host connected to it. The guest may not have opened its end yet. */
public interface StreamPort {
    /** By which the guest finds it: {@code dev.bellhop.stream.1}. */
    String name();

    /** The host's end, in blocking mode. Its owner reads and writes; an interrupt within closes it. */
    SocketChannel channel();

    /**
     * Closes the channel and removes the port from the VM, unless it is of the VM's definition. A VM that has gone has no port. May be
     * called again after a failure.
     *
     * @throws StreamPortException if it may still be plugged
     */
    void unplug(Deadline deadline) throws StreamPortException;

    /** After {@link #unplug} has failed for the last time: from now on it is a leftover, which the next plug removes. */
    default void abandon() {}
}
