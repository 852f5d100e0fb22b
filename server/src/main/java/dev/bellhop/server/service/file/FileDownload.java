// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file download with one piece in memory at a time. No request to the guest is open while the reader consumes a
 * piece. For one thread.
 */
public final class FileDownload implements AutoCloseable {
    private final GuestFiles files;
    private final VmId vm;
    private final GuestFiles.Opened opened;
    private final AuditNote note;
    private final TransferWatch watch;
    private @Nullable Transport transport;

    FileDownload(GuestFiles files, VmId vm, GuestFiles.Opened opened, AuditNote note, TransferWatch watch) {
        this.files = files;
        this.vm = vm;
        this.opened = opened;
        this.transport = opened.transport();
        this.note = note;
        this.watch = watch;
        note.about(AuditedFile.of(opened.path(), 0, null));
    }

    public FileStat stat() {
        return opened.stat();
    }

    /** Returns the file's real path, without links. */
    public GuestPath path() {
        return opened.path();
    }

    /** Returns the digest of the whole file at the time it was opened; absent if it was not requested. */
    public @Nullable String sha256() {
        return opened.sha256();
    }

    /** Returns the transport in use so far; empty if it is not known. */
    public Optional<Transport> transport() {
        return Optional.ofNullable(transport);
    }

    /**
     * Announces the number of bytes to read. A long read switches to the faster transport if there is one, and the
     * transport is then known.
     */
    public void expect(long count) {
        if (count > GuestFiles.LONG_BYTES && transport != Transport.STREAM) {
            watch.requireStillAllowed();
            transport = files.hasten(vm, opened.id()).orElse(null);
        }
    }

    /** Returns the first bytes of the file; none if it is empty. */
    public byte[] peek() {
        return files.read(vm, opened.id(), 0, GuestFiles.MAX_PIECE);
    }

    /**
     * Writes {@code count} bytes from an offset on. If the file grows during the copy, the extra bytes are left out.
     *
     * @throws EOFException if the file was truncated and has fewer bytes
     */
    public void copy(OutputStream out, long offset, long count) throws IOException {
        MessageDigest digest = Digests.sha256();
        long at = offset;
        try {
            while (at < offset + count) {
                byte[] piece = next(at, offset + count - at);
                if (piece.length == 0) {
                    throw new EOFException("the file has become shorter while it was read");
                }
                digest.update(piece);
                out.write(piece);
                at += piece.length;
            }
        } finally {
            told(at - offset, offset == 0 && count == opened.stat().size() && at == count ? digest : null);
        }
    }

    /** Writes all bytes up to the end, for a file that does not report its size. */
    public void copyToEnd(OutputStream out) throws IOException {
        MessageDigest digest = Digests.sha256();
        long at = 0;
        try {
            for (byte[] piece = next(at, Long.MAX_VALUE); piece.length > 0; piece = next(at, Long.MAX_VALUE)) {
                digest.update(piece);
                out.write(piece);
                at += piece.length;
            }
        } finally {
            told(at, digest);
        }
    }

    private byte[] next(long at, long left) {
        watch.requireStillAllowed();
        return files.read(vm, opened.id(), at, (int) Math.min(left, GuestFiles.MAX_PIECE));
    }

    private void told(long bytes, @Nullable MessageDigest digest) {
        note.about(AuditedFile.of(
                opened.path(), bytes, digest == null ? null : HexFormat.of().formatHex(digest.digest())));
    }

    @Override
    public void close() {
        files.close(vm, opened.id());
    }
}
