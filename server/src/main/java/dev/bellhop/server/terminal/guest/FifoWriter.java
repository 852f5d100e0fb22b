// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;

/**
 * Writes frames to the FIFO of a bridge, each whole or not at all. The agent keeps what it is given in a buffer until it is told to
 * flush it; where the FIFO is full it forgets that, and fails until the next write, whose own failure means nothing. It is opened for
 * reading, too: then nobody waits for the other side, neither to open it nor to close it. For one thread at a time.
 */
final class FifoWriter {
    private static final byte[] NOTHING = {};
    private static final long CLOSED = -1;

    private final GuestAgent agent;
    private final String path;
    private long handle = CLOSED;

    /** What an earlier write may have left in the agent's buffer, as nobody heard how it ended. */
    private boolean uncertain;

    FifoWriter(GuestAgent agent, String path) {
        this.agent = agent;
        this.path = path;
    }

    /**
     * Writes a frame.
     *
     * @return false where it was not written, as the FIFO is full or the agent has forgotten it: try again in a moment
     * @throws AgentException where it may have been written
     */
    boolean write(byte[] frame, Deadline deadline) throws AgentException {
        try {
            if (handle == CLOSED) {
                handle = agent.fileOpen(path, "r+", deadline);
            }
            if (uncertain) {
                agent.fileFlush(handle, deadline);
            }
            uncertain = true;
            agent.fileWrite(handle, frame, deadline);
            agent.fileFlush(handle, deadline);
            uncertain = false;
            return true;
        } catch (AgentErrorException e) {
            reset(deadline);
            return false;
        }
    }

    private void reset(Deadline deadline) throws AgentException {
        uncertain = false;
        if (handle == CLOSED) {
            return;
        }
        try {
            agent.fileWrite(handle, NOTHING, deadline);
        } catch (AgentErrorException e) {
            // Either of the write before, or of an agent that was restarted and knows no such file.
        }
        try {
            agent.fileFlush(handle, deadline);
        } catch (AgentErrorException e) {
            handle = CLOSED;
        }
    }

    void close(Deadline deadline) {
        if (handle != CLOSED) {
            try {
                agent.fileClose(handle, deadline);
            } catch (AgentException e) {
                // It is closed with the agent at the latest.
            }
            handle = CLOSED;
        }
    }
}
