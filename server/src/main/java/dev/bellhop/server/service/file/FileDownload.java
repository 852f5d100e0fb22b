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

/** A file that is read, one piece in memory at a time. The guest is not kept waiting while the reader takes a piece in. For one thread. */
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

    /** Where it is, without links. */
    public GuestPath path() {
        return opened.path();
    }

    /** Of all of it, as it was when it was opened; absent where that was not asked for. */
    public @Nullable String sha256() {
        return opened.sha256();
    }

    /** By which way it goes, so far; empty where that is not known. */
    public Optional<Transport> transport() {
        return Optional.ofNullable(transport);
    }

    /** So much of it is going to be read: what is long takes the faster way, if there is one, and then it is known by which one it goes. */
    public void expect(long count) {
        if (count > GuestFiles.LONG_BYTES && transport != Transport.STREAM) {
            watch.requireStillAllowed();
            transport = files.hasten(vm, opened.id()).orElse(null);
        }
    }

    /** The first bytes of it; none where it is empty. */
    public byte[] peek() {
        return files.read(vm, opened.id(), 0, GuestFiles.MAX_PIECE);
    }

    /**
     * Writes so many bytes from an offset on. Where the file grows meanwhile, what is beyond them is left out.
     *
     * @throws EOFException where the file has become shorter, so that there are not as many
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

    /** Writes all that there is, of a file that has not said how much that is. */
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
