// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;

/** Reads the output of a bridge from its files of fixed length. For one thread at a time. */
final class SegmentReader {
    private static final byte[] NOTHING = {};
    private static final long CLOSED = -1;

    /** Limit of one read in bytes, because other callers wait for the agent during a read. */
    private static final int AT_ONCE = 64 * 1024;

    private final GuestAgent agent;
    private final String folder;
    private long handle = CLOSED;
    private long segment = CLOSED;
    private long position;
    private boolean lost;

    SegmentReader(GuestAgent agent, String folder) {
        this.agent = agent;
        this.folder = folder;
    }

    /** Returns output from an offset on; empty if there is none yet. */
    byte[] read(long offset, int limit, Deadline deadline) throws AgentException {
        long wanted = offset / PtyBridge.SEGMENT_BYTES;
        int begin = (int) (offset % PtyBridge.SEGMENT_BYTES);
        try {
            if (handle == CLOSED || wanted != segment) {
                close(deadline);
                handle = agent.fileOpen(folder + "/out." + wanted, "r", deadline);
                segment = wanted;
                position = 0;
            }
        } catch (AgentErrorException e) {
            return NOTHING; // The bridge creates the file with its first byte.
        }
        try {
            if (position != begin) {
                position =
                        agent.fileSeek(handle, begin, SeekFrom.START, deadline).position();
            }
            int count = Math.min(Math.min(limit, AT_ONCE), PtyBridge.SEGMENT_BYTES - begin);
            FileChunk chunk = agent.fileRead(handle, count, deadline);
            position += chunk.data().length;
            return chunk.data();
        } catch (AgentErrorException e) {
            // A restarted agent does not know the file.
            handle = CLOSED;
            lost = true;
            return NOTHING;
        } catch (AgentException e) {
            // The agent may have moved its position, but its answer was lost.
            position = -1;
            throw e;
        }
    }

    /** Returns whether the agent has forgotten a file since the last call. */
    boolean wasLost() {
        boolean was = lost;
        lost = false;
        return was;
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
