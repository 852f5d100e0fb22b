// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a supervised command, read from its file in the guest as it grows. Used by one thread.
 *
 * <p>A handle outlives connections and not the agent, and an agent that was restarted may give its number to another
 * file. So bytes that were read through a kept handle count only once the agent has shown, after the read, that it is
 * the one that gave the handle: {@link #peek} reads, {@link #accept} makes it count. Where nothing can show that, {@link
 * #readApart} opens, reads and closes.
 */
final class OutputTail {
    /** The fastest to read, and what the next caller of the same agent waits for at most. */
    static final int CHUNK = 64 * 1024;

    private static final byte[] NOTHING = {};

    private final String path;
    private final OutputStreamName stream;
    private @Nullable Long handle;
    /** Whether the handle stands at the offset, as far as is known. */
    private boolean placed;

    private long offset;

    OutputTail(String path, OutputStreamName stream, long offset) {
        this.path = path;
        this.stream = stream;
        this.offset = offset;
    }

    OutputStreamName stream() {
        return stream;
    }

    /** How many bytes have counted so far. */
    long offset() {
        return offset;
    }

    /** The next bytes, a chunk at most; none where there are no more now, or no such file. */
    byte[] peek(GuestAgent agent, int most, Deadline deadline) throws AgentException {
        if (most <= 0) {
            return NOTHING;
        }
        try {
            if (handle == null) {
                handle = agent.fileOpen(path, "r", deadline);
                placed = offset == 0;
            }
            if (!placed) {
                agent.fileSeek(handle, offset, SeekFrom.START, deadline);
            }
            // Unless the reply arrives, nobody knows where the handle stands.
            placed = false;
            byte[] bytes =
                    agent.fileRead(handle, Math.min(most, CHUNK), deadline).data();
            placed = bytes.length == 0;
            return bytes;
        } catch (AgentErrorException e) {
            forget();
            return NOTHING;
        }
    }

    /** What was peeked at counts. */
    void accept(int bytes) {
        offset += bytes;
        placed = placed || bytes > 0;
    }

    /** The agent is another one than that which gave the handle. */
    void forget() {
        handle = null;
    }

    /** Bytes up to here have come another way. */
    void skipTo(long newOffset) {
        offset = newOffset;
        placed = false;
    }

    /**
     * The next bytes, a chunk at most, with a handle for them alone; they count at once. To be called while nobody else of
     * this server opens files in the guest.
     */
    byte[] readApart(GuestAgent agent, int most, Deadline deadline) throws AgentException {
        try {
            long apart = agent.fileOpen(path, "r", deadline);
            if (offset > 0) {
                agent.fileSeek(apart, offset, SeekFrom.START, deadline);
            }
            byte[] bytes =
                    agent.fileRead(apart, Math.min(most, CHUNK), deadline).data();
            agent.fileClose(apart, deadline);
            offset += bytes.length;
            return bytes;
        } catch (AgentErrorException e) {
            return NOTHING;
        }
    }

    /** How long the stream is; absent where there is no such file. As {@link #readApart} otherwise. */
    @Nullable
    Long lengthApart(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            long apart = agent.fileOpen(path, "r", deadline);
            long length = agent.fileSeek(apart, 0, SeekFrom.END, deadline).position();
            agent.fileClose(apart, deadline);
            return length;
        } catch (AgentErrorException e) {
            return null;
        }
    }

    /** Closes the kept handle, which would stay open in the guest otherwise. */
    void close(GuestAgent agent, Deadline deadline) throws AgentException {
        Long open = handle;
        handle = null;
        if (open != null) {
            agent.fileClose(open, deadline);
        }
    }
}
