// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.forward.TcpInput;

/**
 * A transport for one connection of a guest. Each method throws a {@code BellhopException}: {@code EXECUTION_ENDED} if
 * the connection broke. One reader and one writer at a time. Thread safe.
 */
interface Way {
    /** Returns the next data. The other side is throttled while the caller does not read. */
    TcpInput read(int limit, Deadline deadline) throws InterruptedException;

    /**
     * Sends bytes; returns how many were accepted by the deadline. Also throws {@code STDIN_CLOSED} if the other side
     * no longer reads.
     */
    int write(byte[] bytes, int from, int count, Deadline deadline) throws InterruptedException;

    /** Ends the output; returns whether that was done by the deadline. */
    boolean endOutput(Deadline deadline) throws InterruptedException;

    /** Says that the connection is still wanted. */
    void keep();

    /**
     * Waits until all data is on its way, or the deadline passes. Call this when both sides have ended their output.
     */
    void linger(Deadline deadline) throws InterruptedException;

    void close();

    /** Closes the connection without contacting the guest, which another process uses now. */
    void abandon();
}
