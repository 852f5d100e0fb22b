// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;
import java.util.Arrays;

/** A file that an agent holds open: one call at a time, of a size that lets others have the agent soon. */
final class AgentFileHandle implements FileHandle {
    private static final long UNKNOWN = -1;

    private final GuestAgent agent;
    private final long handle;
    private final VmTransfers transfers;
    private long position;

    /** @param handle as the agent calls it, at the beginning of the file */
    AgentFileHandle(GuestAgent agent, long handle, VmTransfers transfers) {
        this.agent = agent;
        this.handle = handle;
        this.transfers = transfers;
    }

    @Override
    public byte[] read(long offset, int most, Deadline deadline) throws AgentException, InterruptedException {
        return transfers.read(most, bytes -> bytes.length, count -> {
            seek(offset, deadline);
            byte[] piece = agent.fileRead(handle, count, deadline).data();
            position = offset + piece.length;
            return piece;
        });
    }

    @Override
    public int write(long offset, byte[] piece, Deadline deadline) throws AgentException, InterruptedException {
        return transfers.write(piece.length, count -> count, most -> {
            seek(offset, deadline);
            byte[] part = most == piece.length ? piece : Arrays.copyOf(piece, most);
            int written = agent.fileWrite(handle, part, deadline);
            position = offset + written;
            return written;
        });
    }

    /** Where it is afterwards is not known until the call that follows has been answered. */
    private void seek(long offset, Deadline deadline) throws AgentException {
        boolean isThere = offset == position;
        position = UNKNOWN;
        if (!isThere) {
            agent.fileSeek(handle, offset, SeekFrom.START, deadline);
        }
    }

    @Override
    public void flush(Deadline deadline) throws AgentException {
        agent.fileFlush(handle, deadline);
    }

    @Override
    public void close(Deadline deadline) {
        try {
            agent.fileClose(handle, deadline);
        } catch (AgentException e) {
            // It closes all with its own end.
        }
    }
}
