// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.util.HexFormat;
import java.util.Optional;

/** A tree download as a tar, with one piece in memory at a time. For one thread. */
public final class TreeDownload implements AutoCloseable {
    private final GuestFiles files;
    private final VmId vm;
    private final GuestFiles.Tree tree;
    private final AuditNote note;
    private final TransferWatch watch;
    private final CopyTurn turn;

    TreeDownload(GuestFiles files, VmId vm, GuestFiles.Tree tree, AuditNote note, TransferWatch watch, CopyTurn turn) {
        this.turn = turn;
        this.files = files;
        this.vm = vm;
        this.tree = tree;
        this.note = note;
        this.watch = watch;
        note.about(AuditedFile.of(tree.path()));
    }

    /** Returns the tree's real path, without links. */
    public GuestPath path() {
        return tree.path();
    }

    /** Returns the transport; empty if it is not known. */
    public Optional<Transport> transport() {
        return Optional.ofNullable(tree.transport());
    }

    /** Returns the same stream, but a slow reader of it does not block the turn for others. */
    public OutputStream outsideItsTurn(OutputStream toClient) {
        return turn.outside(toClient);
    }

    /**
     * Writes the whole tar.
     *
     * @throws IOException if the tar is incomplete because the guest could not pack everything, or if it is not the tar
     *     of a tree
     */
    public void copy(OutputStream out) throws IOException {
        var digested = new DigestOutputStream(out, Digests.sha256());
        var copying = new TreeCopying(new Pieces(), digested, Long.MAX_VALUE, PathLimits.NONE);
        String sha256 = null;
        try {
            turn.run(() -> copying.copy(true, true));
            sha256 = HexFormat.of().formatHex(digested.getMessageDigest().digest());
        } finally {
            note.about(AuditedFile.of(tree.path(), copying.members(), copying.bytes(), sha256));
        }
    }

    /** The bytes from the guest, in order. */
    private final class Pieces extends InputStream {
        private byte[] piece = {};
        private int at;
        private long offset;

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (at == piece.length) {
                watch.requireStillAllowed();
                piece = turn.outside(() -> files.read(vm, tree.id(), offset, GuestFiles.MAX_PIECE));
                offset += piece.length;
                at = 0;
            }
            if (piece.length == 0) {
                return -1;
            }
            int count = Math.min(length, piece.length - at);
            System.arraycopy(piece, at, buffer, from, count);
            at += count;
            return count;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }
    }

    @Override
    public void close() {
        files.close(vm, tree.id());
    }
}
