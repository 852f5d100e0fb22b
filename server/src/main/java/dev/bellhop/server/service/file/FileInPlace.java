// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileOpening.Access;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.vm.VmId;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open file for reads and writes at any offset. If the guest or the server that manages the VM has closed it, it is
 * reopened by its name, provided that it is the same file and that no written data can be lost. For one thread at a
 * time.
 */
public final class FileInPlace implements AutoCloseable {
    private final GuestFiles files;
    private final VmId vm;
    private final long maxBytes;
    private final FileOpening opening;
    private final GuestFiles.Opened opened;
    private final Opener opener;
    private final Syncer syncer;
    private final TransferWatch watch;
    private final AuditNote note;
    private final MessageDigest digest = Digests.sha256();
    private String id;
    /** The number of bytes from the start that the digest covers; -1 after bytes came in another order. */
    private long digested;

    private long carried;
    private long end;
    /** Whether written data may not have reached the guest's kernel; {@code isUnsynced} is the same for its disk. */
    private boolean isDirty;

    private boolean isUnsynced;
    /** The error of a failed write, or the reason why access ended. Later writes cannot make the file complete. */
    private @Nullable BellhopException failure;

    /** Opens a file within the current limits. */
    interface Opener {
        GuestFiles.Opened open(GuestPath path, FileOpening how);
    }

    /** Asks the guest to write the file to its disk. */
    interface Syncer {
        FileChange sync(FileChange.Sync change);
    }

    FileInPlace(
            GuestFiles files,
            VmId vm,
            long maxBytes,
            FileOpening opening,
            GuestFiles.Opened opened,
            Opener opener,
            Syncer syncer,
            TransferWatch watch,
            AuditNote note) {
        this.files = files;
        this.vm = vm;
        this.maxBytes = maxBytes;
        this.opening = opening;
        this.opened = opened;
        this.opener = opener;
        this.syncer = syncer;
        this.watch = watch;
        this.note = note;
        this.id = opened.id();
        this.end = opened.stat().size();
        note.about(AuditedFile.of(opened.path(), 0, null));
    }

    /** Returns the state at the time the file was opened. */
    public FileStat stat() {
        return opened.stat();
    }

    /** Returns the real path at that time, without links. */
    public GuestPath path() {
        return opened.path();
    }

    /** Returns the minimum length of the file, derived from the writes. */
    public long end() {
        return end;
    }

    /** Reads {@code count} bytes, or fewer at the end of the file; none past the end. */
    public byte[] read(long offset, int count) {
        byte[] bytes = new byte[count];
        int length = 0;
        while (length < count) {
            requireStillAllowed();
            long at = offset + length;
            int most = Math.min(count - length, GuestFiles.MAX_PIECE);
            byte[] piece = again(() -> files.read(vm, id, at, most));
            if (piece.length == 0) {
                break;
            }
            System.arraycopy(piece, 0, bytes, length, piece.length);
            length += piece.length;
        }
        byte[] all = length == count ? bytes : Arrays.copyOf(bytes, length);
        carried(offset, all);
        return all;
    }

    /** Writes all of these bytes. A failure may not show until the next call. */
    public void write(long offset, byte[] bytes) {
        requireWhole();
        try {
            writeAll(offset, bytes);
        } catch (BellhopException e) {
            throw failed(e);
        }
    }

    private void requireWhole() {
        BellhopException first = failure;
        if (first != null) {
            throw first;
        }
    }

    private void requireStillAllowed() {
        try {
            watch.requireStillAllowed();
        } catch (BellhopException e) {
            throw failed(e);
        }
    }

    private BellhopException failed(BellhopException why) {
        failure = why;
        return why;
    }

    private void writeAll(long offset, byte[] bytes) {
        if (offset > maxBytes - bytes.length) {
            throw UploadWriting.tooLarge(maxBytes);
        }
        byte[] rest = bytes;
        while (rest.length > 0) {
            watch.requireStillAllowed();
            byte[] piece = rest.length <= GuestFiles.MAX_PIECE ? rest : Arrays.copyOf(rest, GuestFiles.MAX_PIECE);
            long at = offset + bytes.length - rest.length;
            int count = again(() -> files.write(vm, id, at, piece));
            if (count <= 0) {
                throw new BellhopException(
                        ErrorCode.GUEST_REFUSED, "Cannot write this file because the guest takes no more bytes");
            }
            isDirty = true;
            isUnsynced = true;
            end = Math.max(end, at + count);
            carried(at, Arrays.copyOf(rest, count));
            rest = Arrays.copyOfRange(rest, count, rest.length);
        }
    }

    /** Updates the digest. The offset of appended bytes is unknown, so the file then has no digest. */
    private void carried(long offset, byte[] bytes) {
        carried += bytes.length;
        if (bytes.length == 0) {
            return;
        }
        if (offset == digested && opening.access() != Access.APPEND) {
            digest.update(bytes);
            digested += bytes.length;
        } else {
            digested = -1;
        }
    }

    private <T> T again(Supplier<T> call) {
        try {
            return call.get();
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.FILE_CHANGED || isUnsynced) {
                throw e;
            }
            files.close(vm, id);
            id = opener.open(
                            opened.path(),
                            FileOpening.there(opening.access(), opened.stat().inode()))
                    .id();
            return call.get();
        }
    }

    /** Flushes written data to the guest's kernel, which makes it visible to other readers. */
    public void flush() {
        requireWhole();
        if (!isDirty) {
            return;
        }
        try {
            files.flush(vm, id);
        } catch (BellhopException e) {
            throw failed(e);
        }
        isDirty = false;
    }

    /** Flushes written data to the guest's disk. */
    public void sync() {
        flush();
        syncer.sync(new FileChange.Sync(opened.path(), opened.stat().inode()));
        isUnsynced = false;
    }

    /** Same, if data was written since the last sync. */
    public void syncIfWritten() {
        if (isUnsynced) {
            sync();
        }
    }

    /** Returns why written data is incomplete or access ended; absent if neither is known. */
    public @Nullable BellhopException failure() {
        return failure;
    }

    /** Closes the file in the guest and throws nothing: call {@code flush} first. */
    @Override
    public void close() {
        files.close(vm, id);
        boolean isWhole = failure == null && digested >= 0 && digested >= end;
        note.about(
                AuditedFile.of(opened.path(), carried, isWhole ? HexFormat.of().formatHex(digest.digest()) : null));
    }

    /** Notes that the file's size was changed from outside this object. */
    public void resized(@Nullable Long size) {
        if (size != null) {
            end = size;
            digested = size < digested ? -1 : digested;
        }
    }
}
