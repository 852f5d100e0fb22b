// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.file.FileInPlace;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of which the client reads one piece after the other: the guest is asked for the next one while this one is on its way. For the
 * session's thread; nobody else uses the file.
 */
final class ReadAhead {
    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("sftp-read").start(task);

    private final FileInPlace file;
    private @Nullable Piece ahead;
    /** Where the client goes on if it reads in order. */
    private long next;

    private record Piece(long offset, int count, CompletableFuture<byte[]> bytes) {}

    ReadAhead(FileInPlace file) {
        this.file = file;
    }

    /** Nothing at the end. */
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

    /** Waits until nothing is under way. */
    void settle() {
        Piece piece = ahead;
        ahead = null;
        if (piece != null) {
            var _ = piece.bytes.handle((bytes, failure) -> failure).join();
        }
    }
}
