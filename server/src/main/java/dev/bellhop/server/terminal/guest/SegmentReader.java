// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;

/** Reads the output of a bridge, which is in files of a fixed length each. For one thread at a time. */
final class SegmentReader {
    private static final byte[] NOTHING = {};
    private static final long CLOSED = -1;

    /** Others wait for the agent meanwhile. */
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

    /** What is there from an offset on; nothing where there is nothing yet. */
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
            return NOTHING; // It is made with its first byte.
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
            // An agent that was restarted knows no such file.
            handle = CLOSED;
            lost = true;
            return NOTHING;
        } catch (AgentException e) {
            // It may have read on, and nobody heard what.
            position = -1;
            throw e;
        }
    }

    /** Whether the agent has forgotten a file since this was asked last. */
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
                // It is closed with the agent at the latest.
            }
            handle = CLOSED;
        }
    }
}
