// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.file.FileInPlace;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file ahead if the client reads it in order: it requests the next piece from the guest while this one is in
 * transit. For the session's thread; nothing else uses the file.
 */
final class ReadAhead {
    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("sftp-read").start(task);

    private final FileInPlace file;
    private @Nullable Piece ahead;
    /** The next offset of a client that reads in order. */
    private long next;

    private record Piece(long offset, int count, CompletableFuture<byte[]> bytes) {}

    ReadAhead(FileInPlace file) {
        this.file = file;
    }

    /** Reads a piece; empty at the end of the file. */
    byte[] read(long offset, int count) {
        Piece piece = ahead;
        settle();
        byte[] bytes = piece != null && piece.offset == offset && piece.count == count
                ? result(piece)
                : file.read(offset, count);
        if (offset == next && bytes.length == count) {
            long after = offset + count;
            ahead = new Piece(after, count, CompletableFuture.supplyAsync(() -> file.read(after, count), THREADS));
        }
        next = offset + bytes.length;
        return bytes;
    }

    private static byte[] result(Piece piece) {
        try {
            return piece.bytes.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof BellhopException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Waits for the read in progress, and discards its result. */
    void settle() {
        Piece piece = ahead;
        ahead = null;
        if (piece != null) {
            var _ = piece.bytes.handle((bytes, failure) -> failure).join();
        }
    }
}
