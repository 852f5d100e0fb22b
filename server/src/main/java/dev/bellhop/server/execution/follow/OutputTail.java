// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.guest.StreamedProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a supervised command, read from its file in the guest as it grows. Used by one thread.
 *
 * <p>A handle outlives connections and not the agent, and an agent that was restarted may give its number to another
 * file, whose reader would lose its place if it were read here. So a kept handle is used only once the agent has shown that
 * it is the one that gave it, and before anybody else opens a file: {@link #peek} reads, {@link #accept} makes it count.
 * Where nothing can show that, {@link #readApart} opens, reads and closes.
 *
 * <p>A command that writes to {@code /dev/stdout} as a file empties the file with that, and writes on from its start. What
 * was read before stays; the file is then read from its start again.
 */
public final class OutputTail {
    /** The fastest to read, and what the next caller of the same agent waits for at most. */
    public static final int CHUNK = 64 * 1024;

    /** How often nothing new is found before it is looked at whether the file was emptied. */
    private static final int SILENT_PEEKS = 8;

    private static final byte[] NOTHING = {};

    private final String path;
    private final OutputStreamName stream;
    private @Nullable Long handle;
    /** Whether the handle stands at the place, as far as is known. */
    private boolean placed;

    private long offset;
    private long place;

    /** What of the stream has counted and is not kept. */
    private long passed;

    private int silentPeeks;

    /** @param handle what an earlier server has kept; wherever it stands, and used like one of this one's */
    OutputTail(String path, OutputStreamName stream, long offset, @Nullable Long handle) {
        this.path = path;
        this.stream = stream;
        this.offset = offset;
        this.handle = handle;
        this.place = offset;
    }

    OutputStreamName stream() {
        return stream;
    }

    /** How many bytes have counted so far. */
    long offset() {
        return offset;
    }

    /** How many of them are kept; these are the first. */
    long kept() {
        return offset - passed;
    }

    /** The last bytes that have counted are not kept, nor is any that follows. */
    void isNotKept(int bytes) {
        passed += bytes;
    }

    /** How far the file has been read since it was emptied last. */
    long place() {
        return place;
    }

    /**
     * The next bytes through the kept handle, a chunk at most; none where there are no more now, no such file, or where it
     * may not be read now. To be called right after the agent has shown whose it is, while nobody else of this server opens
     * files in the guest.
     */
    byte[] peek(GuestAgent agent, int most, Deadline deadline) throws AgentException {
        if (most <= 0) {
            return NOTHING;
        }
        try {
            if (handle == null) {
                handle = agent.fileOpen(path, "r", deadline);
                placed = place == 0;
            }
            if (!placed) {
                agent.fileSeek(handle, place, SeekFrom.START, deadline);
            }
            // Unless the reply arrives, nobody knows where the handle stands.
            placed = false;
            byte[] bytes =
                    agent.fileRead(handle, Math.min(most, CHUNK), deadline).data();
            placed = bytes.length == 0;
            silentPeeks = placed ? silentPeeks + 1 : 0;
            if (silentPeeks == SILENT_PEEKS) {
                silentPeeks = 0;
                placed = false;
                noteLength(agent.fileSeek(handle, 0, SeekFrom.END, deadline).position());
            }
            return bytes;
        } catch (AgentErrorException e) {
            Long open = handle;
            forget();
            if (open != null) {
                // Or each look would leave one more open, where the file can be opened and not be read.
                closeIfKnown(open, agent, deadline);
            }
            return NOTHING;
        } catch (RpcDisabledException | RpcMissingException e) {
            // As while the guest's file systems are frozen; the handle is as good as before afterwards.
            return NOTHING;
        }
    }

    /** The file is so long now; less than what was read of it says that it was emptied meanwhile. */
    void noteLength(long length) {
        if (length < place) {
            place = 0;
        }
    }

    void accept(int bytes) {
        offset += bytes;
        place += bytes;
        placed = placed || bytes > 0;
    }

    /** The agent is another one than that which gave the handle. */
    void forget() {
        handle = null;
    }

    /**
     * What of a file that has come as a whole is new; it counts at once.
     *
     * @param whole all that the file holds, now that nobody writes to it any more
     */
    byte[] rest(byte[] whole) {
        noteLength(whole.length);
        return next(whole, whole.length);
    }

    /** What of a file's first bytes is new; it counts at once. */
    byte[] next(byte[] head, int most) {
        int from = (int) Math.min(place, head.length);
        byte[] next = Arrays.copyOfRange(head, from, from + Math.min(most, head.length - from));
        accept(next.length);
        placed = false;
        return next;
    }

    /**
     * The next bytes with a handle for them alone; they count at once. To be called while nobody else of this server opens
     * files in the guest.
     *
     * @param most how many bytes at most, which are in memory then
     * @param waitedFor whether somebody waits for the agent, who then waits for one chunk at most
     * @throws AgentErrorException where the file cannot be read now, or is not there; that is no end of it
     */
    List<OutputChunk> readApart(GuestAgent agent, int most, BooleanSupplier waitedFor, Deadline deadline)
            throws AgentException {
        long apart = agent.fileOpen(path, "r", deadline);
        try {
            noteLength(agent.fileSeek(apart, 0, SeekFrom.END, deadline).position());
            agent.fileSeek(apart, place, SeekFrom.START, deadline);
            List<OutputChunk> chunks = new ArrayList<>();
            int read = 0;
            do {
                int size = Math.min(most - read, CHUNK);
                byte[] bytes = agent.fileRead(apart, size, deadline).data();
                if (bytes.length == 0) {
                    break;
                }
                chunks.add(new OutputChunk(stream, offset + read, bytes));
                read += bytes.length;
            } while (read < most && !waitedFor.getAsBoolean());
            agent.fileClose(apart, deadline);
            // Only now, so that what is read before a call fails is read again.
            accept(read);
            placed = false;
            return chunks;
        } catch (AgentErrorException e) {
            // Either the agent is another one by now, or its handle is still open.
            closeIfKnown(apart, agent, deadline);
            throw e;
        }
    }

    /**
     * As {@link #readApart}, over the stream that the command was started over, which needs no turn at the agent. Absent where it
     * cannot be read so now.
     */
    @Nullable
    List<OutputChunk> readOver(StreamedProcess streamed, int most) {
        StreamedProcess.FilePart part = streamed.read(path, place, most);
        if (part == null) {
            return null;
        }
        if (part.length() < place) {
            noteLength(part.length());
            part = streamed.read(path, place, most);
        }
        if (part == null) {
            return null;
        }
        byte[] bytes = part.bytes();
        List<OutputChunk> chunks = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += CHUNK) {
            byte[] chunk = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK));
            chunks.add(new OutputChunk(stream, offset + from, chunk));
        }
        accept(bytes.length);
        placed = false;
        return chunks;
    }

    private static void closeIfKnown(long handle, GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            agent.fileClose(handle, deadline);
        } catch (AgentErrorException e) {
            // It is not.
        }
    }

    /** How much the command has written in all, where the file is so long. */
    long written(long fileLength) {
        return offset - place + fileLength;
    }

    /** How long the file is; absent where there is none. As {@link #readApart} otherwise. */
    @Nullable
    Long lengthApart(GuestAgent agent, Deadline deadline) throws AgentException {
        long apart;
        try {
            apart = agent.fileOpen(path, "r", deadline);
        } catch (AgentErrorException e) {
            return null;
        }
        try {
            return agent.fileSeek(apart, 0, SeekFrom.END, deadline).position();
        } catch (AgentErrorException e) {
            return null;
        } finally {
            closeIfKnown(apart, agent, deadline);
        }
    }

    @Nullable
    Long handle() {
        return handle;
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
