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
 * A file that is open for a transfer. One call at a time uses it, by its lock. What turns out to be long goes by a faster way, if there is
 * one.
 */
final class OpenFile {
    private final VmId vm;
    private final VmTransfers transfers;
    private final Runnable leave;
    private final boolean writes;
    private final @Nullable Pending pending;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Guarded by {@link #lock}, like what follows. */
    private FileHandle handle;

    private Transport transport;
    private @Nullable Faster faster;
    private long carried;
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

    /** Opens the same file in a faster way. */
    interface Faster {
        /** Empty where there is none. */
        Optional<FileHandle> open();
    }

    /**
     * One that is open.
     *
     * @param transport by which way the handle goes
     * @param leave gives back its place
     * @param writes whether it is written
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

    /** How long ago it was used last. */
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

    /** By which way it goes from now on: the faster one, if there is one. */
    Transport hasten() throws AgentException, InterruptedException {
        lock.lockInterruptibly();
        try {
            takeFaster();
            return transport;
        } finally {
            used();
        }
    }

    /** By which way it went last. */
    Transport transport() {
        lock.lock();
        try {
            return transport;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the faster way once it is worth while. */
    private void hurry() throws AgentException, InterruptedException {
        if (carried >= GuestFiles.LONG_BYTES) {
            takeFaster();
        }
    }

    /** Never tries twice. */
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

    /** The first time, gives back its place, and has the guest close it, as soon as it answers. */
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
