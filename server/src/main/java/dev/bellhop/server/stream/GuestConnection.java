// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;

/** A TCP connection from within a guest. Thread safe. */
public interface GuestConnection extends AutoCloseable {
    ChannelReader input();

    /** Its end closes that direction alone. */
    ChannelWriter output();

    /**
     * Waits until the guest has closed it: once both directions have ended, and all that was written is on its way.
     *
     * @return whether it has by the deadline
     */
    boolean awaitClosed(Deadline deadline) throws InterruptedException;

    /** Closes both directions. What the guest has not sent on yet is lost. Returns at once. */
    @Override
    void close();
}
