// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import java.time.Duration;

/** How the content of an open file of a guest goes to and fro. For one thread at a time. */
interface FileHandle {
    /** Of one piece, once it is its turn. */
    Duration PIECE_TIMEOUT = Duration.ofSeconds(30);

    /** Reads a piece; nothing at the end. */
    byte[] read(long offset, int most) throws AgentException, InterruptedException;

    /** Writes a piece, or some of it; it may be under way until {@link #flush}. Returns how many bytes that were. */
    int write(long offset, byte[] piece) throws AgentException, InterruptedException;

    /** Returns once the guest's kernel has all that was written. */
    void flush() throws AgentException, InterruptedException;

    /** Returns whether it is closed; else to be tried again. */
    boolean close();
}
