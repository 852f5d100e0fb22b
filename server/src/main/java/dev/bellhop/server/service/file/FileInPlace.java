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
 * An open file that is read or written at any offset. Where its guest, or whoever has the VM, has closed it meanwhile, it is opened once more, by
 * its name and if that is the same file still, unless something that was written may be lost. For one thread at a time.
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
    /** Of how many bytes from the first one on there is a digest; -1 once they came in another order. */
    private long digested;

    private long carried;
    private long end;
    /** Whether something that was written may not have reached the guest's kernel, or its disk. */
    private boolean isDirty;

    private boolean isUnsynced;
    /** Of a write that failed: what came after it is not to be taken for whole. Or why no more is allowed. */
    private @Nullable BellhopException failure;

    /** Opens a file within the limits of now. */
    interface Opener {
        GuestFiles.Opened open(GuestPath path, FileOpening how);
    }

    /** Has the guest write it to its disk. */
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

    /** As it was when it was opened. */
    public FileStat stat() {
        return opened.stat();
    }

    /** Where it was then, without links. */
    public GuestPath path() {
        return opened.path();
    }

    /** How long it is at least, by what was written. */
    public long end() {
        return end;
    }

    /** Reads so many bytes, or those that are there before the end; none at the end. */
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

    /** Writes all of these bytes. That they could not be written may show at the next call alone. */
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

    /** Where bytes were appended, no offset says where they are. */
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

    /** Has the guest's kernel take what was written; then others see it. */
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

    /** Has the guest's disk take it, too. */
    public void sync() {
        flush();
        syncer.sync(new FileChange.Sync(opened.path(), opened.stat().inode()));
        isUnsynced = false;
    }

    /** Likewise where something was written since. */
    public void syncIfWritten() {
        if (isUnsynced) {
            sync();
        }
    }

    /** Why not all that was written is there, or no more was allowed; absent while nobody knows of either. */
    public @Nullable BellhopException failure() {
        return failure;
    }

    /** The guest forgets it, and throws nothing: flush it before. */
    @Override
    public void close() {
        files.close(vm, id);
        boolean isWhole = failure == null && digested >= 0 && digested >= end;
        note.about(
                AuditedFile.of(opened.path(), carried, isWhole ? HexFormat.of().formatHex(digest.digest()) : null));
    }

    /** Something that it has no part in has changed its size. */
    public void resized(@Nullable Long size) {
        if (size != null) {
            end = size;
            digested = size < digested ? -1 : digested;
        }
    }
}
