// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;

/** How the content of an open file of a guest goes to and fro. For one thread at a time. */
interface FileHandle {
    /** Reads a piece; nothing at the end. */
    byte[] read(long offset, int most, Deadline deadline) throws AgentException, InterruptedException;

    /** Writes a piece, or some of it; it may be under way until {@link #flush}. Returns how many bytes that were. */
    int write(long offset, byte[] piece, Deadline deadline) throws AgentException, InterruptedException;

    /** Returns once the guest's kernel has all that was written. */
    void flush(Deadline deadline) throws AgentException, InterruptedException;

    void close(Deadline deadline);
}
