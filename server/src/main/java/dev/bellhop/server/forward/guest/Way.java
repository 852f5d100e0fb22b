// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.forward.TcpInput;

/**
 * One way to a connection of a guest. Each method throws a {@code BellhopException}: {@code EXECUTION_ENDED} where it broke. One reader
 * and one writer at a time. Thread safe.
 */
interface Way {
    /** What came next. The other side is held back while nobody reads. */
    TcpInput read(int limit, Deadline deadline) throws InterruptedException;

    /**
     * Sends something; returns how much of it was taken by the deadline. Also throws {@code STDIN_CLOSED} where the other side reads no
     * more.
     */
    int write(byte[] bytes, int from, int count, Deadline deadline) throws InterruptedException;

    /** Says that nothing more will be sent; returns whether that was done by the deadline. */
    boolean endOutput(Deadline deadline) throws InterruptedException;

    /** Says that it is still wanted. */
    void keep();

    /** Once both sides have said all: waits until all of it is on its way, by the deadline. */
    void linger(Deadline deadline) throws InterruptedException;

    void close();

    /** Closes it without a word to the guest, which another process talks to by now. */
    void abandon();
}
