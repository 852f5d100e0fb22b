// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileOpening.Access;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.FileType;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import org.jspecify.annotations.Nullable;

/**
 * An open file. A file for reading and writing is opened twice: immediately for writing, and at the first read for
 * reading. This gives each its own entry in the audit trail, and data that was read ahead is forgotten after a write.
 */
final class SftpFile implements SftpHandle {
    /** The time after opening during which the attributes count as unchanged, unless this session changes the file. */
    private static final long FRESH_NANOS = 1_000_000_000L;

    /** Writes to this device change nothing, and their bytes are dropped. */
    private static final GuestPath NOWHERE = GuestPath.of("/dev/null").orElseThrow();

    private final SftpCalls calls;
    private final boolean isNowhere;
    private final boolean reads;
    private final GuestPath path;
    private final FileStat opened;
    private final long openedAt = System.nanoTime();
    private final SftpCalls.@Nullable Opened writer;
    private SftpCalls.@Nullable Opened reader;
    private @Nullable ReadAhead ahead;
    private boolean isStale;
    private boolean isChanged;
    private @Nullable BellhopException failure;

    private SftpFile(SftpCalls calls, boolean reads, Access access, SftpCalls.Opened first) {
        this.calls = calls;
        this.isNowhere = false;
        this.reads = reads;
        this.path = first.file().path();
        this.opened = first.file().stat();
        this.writer = access.writes() ? first : null;
        this.reader = access.writes() ? null : first;
        this.ahead = access.writes() ? null : new ReadAhead(first.file());
    }

    private SftpFile(SftpCalls calls, boolean reads, GuestFiles.Found device) {
        this.calls = calls;
        this.isNowhere = true;
        this.reads = reads;
        this.path = device.path();
        this.opened = device.stat();
        this.writer = null;
    }

    static SftpFile open(SftpCalls calls, GuestPath path, boolean reads, FileOpening opening) {
        if (path.equals(NOWHERE) && opening.access().writes() && opening.creation() != FileOpening.Creation.NEW) {
            GuestFiles.Found found =
                    calls.ask(UseCase.FILE_FIND, (files, vm) -> files.reads().find(vm, path, true));
            if (found.path().equals(NOWHERE) && found.stat().type() == FileType.OTHER) {
                return new SftpFile(calls, reads, found);
            }
        }
        return new SftpFile(calls, reads, opening.access(), calls.open(path, opening));
    }

    GuestPath path() {
        return path;
    }

    /** Reads a piece; empty at the end of the file. */
    byte[] read(long offset, int count) throws SftpException {
        if (!reads) {
            throw new SftpException(
                    SftpStatus.PERMISSION_DENIED, "Cannot read this file because it was opened to be written");
        }
        requireStillGood();
        if (isNowhere) {
            return new byte[0];
        }
        flush();
        if (isStale) {
            endReader();
        }
        ReadAhead now = ahead;
        if (now == null) {
            SftpCalls.Opened once = calls.open(path, FileOpening.there(Access.READ, opened.inode()));
            reader = once;
            now = new ReadAhead(once.file());
            ahead = now;
            isStale = false;
        }
        return now.read(offset, count);
    }

    void write(long offset, byte[] bytes) throws SftpException {
        if (isNowhere) {
            requireStillGood();
            return;
        }
        SftpCalls.Opened now = writer;
        if (now == null) {
            throw new SftpException(
                    SftpStatus.PERMISSION_DENIED, "Cannot write this file because it was opened to be read");
        }
        requireStillGood();
        requireNoFailure();
        isStale = true;
        isChanged = true;
        now.file().write(offset, bytes);
    }

    /**
     * Checked at each piece: the connection of an ended login is closed a moment later, and the file itself checks only
     * the API key.
     */
    private void requireStillGood() {
        try {
            calls.login().requireStillGood();
        } catch (BellhopException e) {
            failure = e;
            throw e;
        }
    }

    private void requireNoFailure() {
        BellhopException before = failure;
        if (before != null) {
            failure = null;
            throw before;
        }
    }

    /** Makes written data visible to others. */
    void flush() {
        SftpCalls.Opened now = writer;
        if (now != null) {
            now.file().flush();
        }
    }

    /** Flushes; if this fails, the next call throws the failure. */
    void flushLater() {
        try {
            flush();
        } catch (BellhopException e) {
            failure = e;
        }
    }

    /** Syncs written data to the guest's disk, if possible now. */
    void settle() {
        flushLater();
        SftpCalls.Opened now = writer;
        if (now != null && failure == null) {
            try {
                now.file().syncIfWritten();
            } catch (BellhopException e) {
                // For example, the file has another name now. Its data is written in any case.
                return;
            }
        }
    }

    /** Checks if both are one file, perhaps under two names. */
    boolean isSameAs(SftpFile other) {
        return path.equals(other.path) || opened.inode().equals(other.opened.inode());
    }

    /** Forgets data that was read ahead, to free its memory. */
    void forget() {
        ReadAhead now = ahead;
        if (now != null) {
            now.settle();
        }
    }

    void sync() {
        requireNoFailure();
        forget();
        SftpCalls.Opened now = writer == null ? reader : writer;
        if (now != null) {
            now.file().sync();
        }
    }

    /**
     * Returns the file's attributes. If the path no longer leads to it, returns the attributes at opening;
     * {@link #size} then returns the size after writes.
     */
    FileStat stat() {
        if (!isChanged && System.nanoTime() - openedAt < FRESH_NANOS) {
            return opened;
        }
        try {
            GuestFiles.Found found =
                    calls.ask(UseCase.FILE_FIND, (files, vm) -> files.reads().find(vm, path, false));
            return found.stat().inode().equals(opened.inode()) ? found.stat() : opened;
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.FILE_NOT_FOUND) {
                return opened;
            }
            throw e;
        }
    }

    /** Returns the size to send with {@link #stat}. */
    long size(FileStat stat) {
        SftpCalls.Opened now = writer;
        return stat.equals(opened) && now != null ? now.file().end() : stat.size();
    }

    void setAttributes(FileAttributes attributes) {
        if (isNowhere) {
            // Clients set the mode and the times of each file that they copy.
            return;
        }
        requireNoFailure();
        isStale = true;
        isChanged = true;
        calls.ask(UseCase.FILE_ATTRIBUTES, (files, vm) -> {
            files.changes().setAttributes(vm, new FileChange.SetAttributes(path, false, attributes, opened.inode()));
            return attributes;
        });
        SftpCalls.Opened now = writer;
        if (now != null) {
            now.file().resized(attributes.size());
        }
    }

    /** Closes the file; throws if written data did not reach it. */
    void close() {
        flushLater();
        BellhopException last = failure;
        abandon();
        if (last != null) {
            throw last;
        }
    }

    @Override
    public void abandon() {
        SftpCalls.Opened write = writer;
        if (write != null) {
            end(write, failure);
        }
        endReader();
    }

    private void endReader() {
        forget();
        SftpCalls.Opened read = reader;
        ahead = null;
        reader = null;
        if (read != null) {
            end(read, writer == null ? failure : null);
        }
    }

    private static void end(SftpCalls.Opened opened, @Nullable BellhopException failure) {
        opened.file().close();
        BellhopException why = failure == null ? opened.file().failure() : failure;
        opened.note().ended(why == null ? null : why.code(), null);
    }
}
