// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.server.vm.VmId;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A file that an agent holds open for a transfer. One call at a time uses it, by its lock. */
final class OpenFile {
    private static final long UNKNOWN = -1;

    private final VmId vm;
    private final GuestAgent agent;
    private final long handle;
    private final VmTransfers transfers;
    private final @Nullable Pending pending;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    private long position;
    private volatile long usedAt = System.nanoTime();

    /**
     * What becomes of it once it is whole.
     *
     * @param path where it will be
     * @param temporary the name that it has meanwhile
     * @param identity as the guest has printed it, of the file of that name
     * @param expected what the guest has printed of what was under its name; empty where nothing was
     */
    record Pending(GuestPath path, String temporary, String identity, String expected, PathLimits limits) {}

    OpenFile(VmId vm, GuestAgent agent, long handle, VmTransfers transfers, @Nullable Pending pending) {
        this.vm = vm;
        this.agent = agent;
        this.handle = handle;
        this.transfers = transfers;
        this.pending = pending;
    }

    VmId vm() {
        return vm;
    }

    @Nullable
    Pending pending() {
        return pending;
    }

    /** How long ago it was used last. */
    long idleNanos() {
        return lock.isLocked() ? 0 : System.nanoTime() - usedAt;
    }

    byte[] read(long offset, int most, Deadline deadline) throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            return transfers.read(most, bytes -> bytes.length, count -> {
                seek(offset, deadline);
                byte[] piece = agent.fileRead(handle, count, deadline).data();
                position = offset + piece.length;
                return piece;
            });
        } finally {
            used();
        }
    }

    int write(long offset, byte[] piece, Deadline deadline) throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            return transfers.write(piece.length, count -> count, most -> {
                seek(offset, deadline);
                byte[] part = most == piece.length ? piece : Arrays.copyOf(piece, most);
                int written = agent.fileWrite(handle, part, deadline);
                position = offset + written;
                return written;
            });
        } finally {
            used();
        }
    }

    /** Where it is afterwards is not known until the call that follows has been answered. */
    private void seek(long offset, Deadline deadline) throws AgentException {
        boolean isThere = offset == position;
        position = UNKNOWN;
        if (!isThere) {
            agent.fileSeek(handle, offset, SeekFrom.START, deadline);
        }
    }

    void flush(Deadline deadline) throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            agent.fileFlush(handle, deadline);
        } finally {
            used();
        }
    }

    private void used() {
        usedAt = System.nanoTime();
        lock.unlock();
    }

    /** The first time, gives back its place, and has the agent close it if that answers. */
    void close(Deadline deadline) {
        if (closed.getAndSet(true)) {
            return;
        }
        transfers.leave();
        try {
            agent.fileClose(handle, deadline);
        } catch (AgentException e) {
            // It closes all with its own end.
        }
    }
}
