// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.stream.GuestFile;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file over a stream. Some pieces are always in flight, so neither side waits for the other. Data that is written in
 * order has no gaps after a failure: the guest processes writes in order, and the file is truncated after a failed
 * write.
 */
final class StreamFileHandle implements FileHandle {
    /** Enough if the guest is the slower side. A command that starts would have to wait behind more. */
    private static final int MOST_UNDER_WAY = 2;

    private static final Duration TRUNCATE_TIMEOUT = Duration.ofSeconds(5);

    private final StreamLease lease;
    private final GuestFile file;
    private final VmTransfers transfers;
    private final boolean endsAtFailure;
    private final Runnable awaitThaw;
    private final Deque<Read> reads = new ArrayDeque<>();
    private final Deque<Write> writes = new ArrayDeque<>();

    /** The offset of the next sequential read. */
    private long next = -1;

    private record Read(long offset, CompletableFuture<byte[]> answer) {}

    private record Write(long offset, CompletableFuture<@Nullable Void> answer) {}

    /**
     * Creates a handle at the beginning of the file.
     *
     * @param lease released by this handle, like the file
     * @param endsAtFailure whether to truncate the file after a failed write; else the bytes after it can be older
     *     content
     * @param awaitThaw called before each write, which would block the whole stream if it waited in the guest
     */
    StreamFileHandle(
            StreamLease lease, GuestFile file, VmTransfers transfers, boolean endsAtFailure, Runnable awaitThaw) {
        this.lease = lease;
        this.file = file;
        this.transfers = transfers;
        this.endsAtFailure = endsAtFailure;
        this.awaitThaw = awaitThaw;
    }

    @Override
    public byte[] read(long offset, int most) throws InterruptedException {
        Read first = reads.peek();
        if (first == null || first.offset != offset) {
            reads.clear();
            reads.add(ask(offset));
        }
        // Read ahead for sequential readers. A reader that starts elsewhere may not need the next pieces.
        if (offset == next) {
            while (reads.size() < MOST_UNDER_WAY) {
                reads.add(ask(reads.getLast().offset + GuestFile.MAX_BYTES));
            }
        }
        byte[] piece = transfers.carried(bytes -> bytes.length, () -> get(reads.remove().answer));
        if (piece.length > most) {
            piece = Arrays.copyOf(piece, most);
        }
        next = offset + piece.length;
        return piece;
    }

    private Read ask(long offset) {
        return new Read(offset, file.read(offset, GuestFile.MAX_BYTES));
    }

    @Override
    public int write(long offset, byte[] piece) throws InterruptedException {
        awaitThaw.run();
        int length = Math.min(piece.length, GuestFile.MAX_BYTES);
        return transfers.carried(count -> count, () -> {
            if (writes.size() >= MOST_UNDER_WAY) {
                awaitWrite();
            }
            CompletableFuture<@Nullable Void> answer = file.write(offset, piece, 0, length);
            if (writes.isEmpty() && answer.isCompletedExceptionally()) {
                get(answer); // The stream was already lost, with no other piece in flight.
            }
            writes.add(new Write(offset, answer));
            return length;
        });
    }

    private void awaitWrite() throws InterruptedException {
        Write first = writes.remove();
        try {
            get(first.answer);
        } catch (BellhopException | InterruptedException e) {
            writes.clear();
            if (endsAtFailure) {
                var _ = file.truncate(first.offset).orTimeout(TRUNCATE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            }
            throw e;
        }
    }

    @Override
    public void flush() throws InterruptedException {
        while (!writes.isEmpty()) {
            awaitWrite();
        }
    }

    private static <T extends @Nullable Object> T get(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return GuestFile.get(answer, Deadline.after(PIECE_TIMEOUT));
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.INTERRUPTED) {
                throw new InterruptedException();
            }
            throw e.kind() == StreamException.Kind.REFUSED
                    ? FileFailures.refused("Cannot go on with this file", String.valueOf(e.getMessage()))
                    : FileFailures.failure(
                            ErrorCode.FILE_CHANGED,
                            "Cannot go on with this file",
                            "the stream to its guest was lost; go on where it broke off");
        }
    }

    @Override
    public boolean close() {
        try {
            // Truncates after a failed write, even if no caller waits for the result.
            flush();
        } catch (BellhopException e) {
            // The file is already truncated, if that is needed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.close();
        lease.close();
        return true;
    }
}
