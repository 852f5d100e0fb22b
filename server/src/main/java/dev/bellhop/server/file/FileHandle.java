// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import java.time.Duration;

/** Reads and writes an open file of a guest. For one thread at a time. */
interface FileHandle {
    /** The timeout of one piece, from its turn on. */
    Duration PIECE_TIMEOUT = Duration.ofSeconds(30);

    /** Reads a piece; empty at the end of the file. */
    byte[] read(long offset, int most) throws AgentException, InterruptedException;

    /**
     * Writes a piece, or part of it, and returns the number of bytes. The write may be incomplete until {@link #flush}.
     */
    int write(long offset, byte[] piece) throws AgentException, InterruptedException;

    /** Waits until the guest's kernel has all written bytes. */
    void flush() throws AgentException, InterruptedException;

    /** Closes the file. Returns false if that failed and must be retried. */
    boolean close();
}
