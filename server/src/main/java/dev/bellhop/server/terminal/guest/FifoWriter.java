// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;

/**
 * Writes frames to a FIFO of a bridge, each completely or not at all. The agent buffers data until a flush. If the FIFO
 * is full, the agent drops the data and fails until the next write, whose own failure means nothing. The FIFO is also
 * opened for reading, so neither opening nor closing it waits for the other side. For one thread at a time.
 */
final class FifoWriter {
    private static final byte[] NOTHING = {};
    private static final long CLOSED = -1;

    private final GuestAgent agent;
    private final String path;
    private long handle = CLOSED;

    /** Whether an earlier write may have left data in the agent's buffer, because its result is unknown. */
    private boolean uncertain;

    FifoWriter(GuestAgent agent, String path) {
        this.agent = agent;
        this.path = path;
    }

    /**
     * Writes a frame.
     *
     * @return false if it was not written, because the FIFO is full or the agent has forgotten it: retry after a moment
     * @throws AgentException if it may have been written
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
            // Either the failure of the write before, or the agent was restarted and does not know the file.
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
                // The file is closed with the agent at the latest.
            }
            handle = CLOSED;
        }
    }
}
