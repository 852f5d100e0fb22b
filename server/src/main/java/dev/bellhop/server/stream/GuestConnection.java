// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;

/** A TCP connection from within a guest. Thread safe. */
public interface GuestConnection extends AutoCloseable {
    ChannelReader input();

    /** Returns the output. Ending it closes only this direction. */
    ChannelWriter output();

    /**
     * Waits until the guest has closed the connection: both directions have ended, and all written data is on its way.
     *
     * @return whether the guest has closed it by the deadline
     */
    boolean awaitClosed(Deadline deadline) throws InterruptedException;

    /** Closes both directions and returns immediately. Data that the guest has not yet passed on is lost. */
    @Override
    void close();
}
