// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;

/** Writes to a guest, as fast as the guest reads. Thread safe. */
public interface ChannelWriter {
    /**
     * Sends bytes, which are copied.
     *
     * @return how many bytes were accepted by the deadline; all of them unless it passed
     * @throws StreamException of kind {@code UNREAD} if the input is no longer read in the guest; of another kind if
     *     the stream was lost, or this side has closed
     */
    int write(byte[] data, int offset, int length, Deadline deadline) throws StreamException;

    /** Ends the input. Returns immediately; can be called again. */
    void end();
}
