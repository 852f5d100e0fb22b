// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file that is open for a transfer. Its lock admits one call at a time. A long transfer moves to a faster transport,
 * if there is one.
 */
final class OpenFile {
    private final VmId vm;
    private final VmTransfers transfers;
    private final Runnable leave;
    private final boolean writes;
    private final @Nullable Pending pending;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Guarded by {@link #lock}, like {@link #transport}, {@link #faster} and {@link #carried}. */
    private FileHandle handle;

    private Transport transport;
    private @Nullable Faster faster;
    private long carried;
    private volatile long usedAt = System.nanoTime();

    /**
     * An upload that waits for its commit.
     *
     * @param path the final path
     * @param temporary the name until the commit
     * @param identity the guest's identity of the file with the temporary name
     * @param expected the guest's description of the file under the final name; empty if there was none
     */
    record Pending(GuestPath path, String temporary, String identity, String expected, PathLimits limits) {}

    /** Opens the same file over a faster transport. */
    interface Faster {
        /** Returns a new handle; empty if there is no faster transport. */
        Optional<FileHandle> open();
    }

    /**
     * Creates an open file.
     *
     * @param transport the handle's transport
     * @param leave releases its place
     * @param writes whether it is open for writing
     */
    OpenFile(
            VmId vm,
            FileHandle handle,
            Transport transport,
            Faster faster,
            VmTransfers transfers,
            Runnable leave,
            boolean writes,
            @Nullable Pending pending) {
        this.vm = vm;
        this.handle = handle;
        this.transport = transport;
        this.faster = faster;
        this.transfers = transfers;
        this.leave = leave;
        this.writes = writes;
        this.pending = pending;
    }

    VmId vm() {
        return vm;
    }

    @Nullable
    Pending pending() {
        return pending;
    }

    /** Returns the time since its last use; 0 while it is in use. */
    long idleNanos() {
        return lock.isLocked() ? 0 : System.nanoTime() - usedAt;
    }

    byte[] read(long offset, int most) throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            hurry();
            byte[] piece = handle.read(offset, most);
            carried += piece.length;
            return piece;
        } finally {
            used();
        }
    }

    int write(long offset, byte[] piece) throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            hurry();
            int written = handle.write(offset, piece);
            carried += written;
            return written;
        } finally {
            used();
        }
    }

    /** Moves to a faster transport, if there is one, and returns the current transport. */
    Transport hasten() throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            takeFaster();
            return transport;
        } finally {
            used();
        }
    }

    /** Returns the current transport, also after the end. */
    Transport transport() {
        lock.lock();
        try {
            return transport;
        } finally {
            lock.unlock();
        }
    }

    /** Moves to a faster transport once the transfer is long enough. */
    private void hurry() throws AgentException, InterruptedException {
        if (carried >= GuestFiles.LONG_BYTES) {
            takeFaster();
        }
    }

    /** Moves to a faster transport. Tries only once. */
    private void takeFaster() throws AgentException, InterruptedException {
        Faster way = faster;
        if (way == null) {
            return;
        }
        faster = null;
        if (closed.get()) {
            return;
        }
        if (writes) {
            handle.flush();
        }
        Optional<FileHandle> found = way.open();
        if (found.isPresent()) {
            FileHandle before = handle;
            handle = found.get();
            transport = Transport.STREAM;
            closeNowOrLater(before);
        }
    }

    void flush() throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            handle.flush();
        } finally {
            used();
        }
    }

    private void used() {
        usedAt = System.nanoTime();
        lock.unlock();
    }

    private void closeNowOrLater(FileHandle open) {
        if (!open.close()) {
            transfers.closeLater(open);
        }
    }

    /** Releases its place and closes it in the guest, as soon as the guest answers. Later calls do nothing. */
    void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        leave.run();
        lock.lock();
        try {
            closeNowOrLater(handle);
        } finally {
            lock.unlock();
        }
    }
}
