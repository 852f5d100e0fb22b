// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;

/** Writes to a guest, as fast as whoever is there reads. Thread safe. */
public interface ChannelWriter {
    /**
     * Hands over bytes, which are copied.
     *
     * @return how many were taken by the deadline; all of them unless it passed
     * @throws StreamException of kind {@code UNREAD} if the guest will read no more; or if the stream was lost, or this side has closed
     */
    int write(byte[] data, int offset, int length, Deadline deadline) throws StreamException;

    /** Ends the input. Returns at once; may be called again. */
    void end();
}
