// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.ProcessEnd;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A script in a guest that packs or unpacks a tree over a stream. Like other scripts it first replies, then the tar
 * follows in order. A separate thread reads stderr, or the script would block on it.
 */
final class StreamTar implements FileHandle {
    private static final Logger log = LoggerFactory.getLogger(StreamTar.class);
    private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration END_TIMEOUT = Duration.ofMinutes(30);

    /** A guest that is busy with a large file can neither send nor accept bytes for some time. */
    private static final Duration SILENCE_TIMEOUT = Duration.ofMinutes(2);

    private static final int MAX_ANSWER = 64 << 10;
    private static final int MAX_STDERR = 4096;

    private final String cannot;
    private final StreamLease lease;
    private final GuestProcess process;
    private final VmTransfers transfers;
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final Thread stderrReader;

    /** Bytes that arrived after the reply. */
    private byte[] rest = {};

    private long position;

    private StreamTar(String cannot, StreamLease lease, GuestProcess process, VmTransfers transfers) {
        this.cannot = cannot;
        this.lease = lease;
        this.process = process;
        this.transfers = transfers;
        this.stderrReader = Thread.ofVirtual().name("bellhop-tar-stderr").start(this::readStderr);
    }

    /** Starts a script; empty if there is no stream. */
    static Optional<StreamTar> start(
            GuestStreams streams, VmId vm, String script, String cannot, VmTransfers transfers) {
        StreamLease lease;
        try {
            lease = streams.acquire(vm, Deadline.after(ACQUIRE_TIMEOUT));
        } catch (StreamUnavailableException e) {
            log.debug("Cannot move a tree by a stream; it goes by the agent", e);
            return Optional.empty();
        }
        try {
            GuestProcess process =
                    lease.stream().exec(GuestCommand.of("/bin/sh", "-c", script), Deadline.after(PIECE_TIMEOUT));
            return Optional.of(new StreamTar(cannot, lease, process, transfers));
        } catch (StreamException | IllegalArgumentException e) {
            log.debug("Cannot start tar by a stream; it goes by the agent", e);
            lease.close();
            return Optional.empty();
        }
    }

    private void readStderr() {
        try {
            Optional<byte[]> piece = process.stderr().read(MAX_STDERR, Deadline.after(END_TIMEOUT));
            while (piece.isPresent()) {
                synchronized (stderr) {
                    byte[] bytes = piece.get();
                    stderr.write(bytes, 0, Math.min(bytes.length, MAX_STDERR - stderr.size()));
                }
                piece = process.stderr().read(MAX_STDERR, Deadline.after(END_TIMEOUT));
            }
        } catch (StreamException e) {
            log.debug("What tar says is heard no more", e);
        }
    }

    /**
     * Returns the script's reply.
     *
     * @param fields number of fields if the script succeeds
     * @throws BellhopException if the script fails
     */
    FileReply answer(int fields) throws FileReply.UnreadableReplyException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Deadline deadline = Deadline.after(PIECE_TIMEOUT);
        while (true) {
            int end = end(all.toByteArray(), fields);
            if (end >= 0) {
                byte[] bytes = all.toByteArray();
                rest = Arrays.copyOfRange(bytes, end, bytes.length);
                return FileReply.parse(Arrays.copyOf(bytes, end));
            }
            byte[] piece = piece(MAX_ANSWER, deadline);
            if (piece.length == 0 || all.size() > MAX_ANSWER) {
                FileReply reply = FileReply.parse(all.toByteArray());
                if (!reply.isOk()) {
                    throw FileFailures.of(cannot, reply.text(1), reply.size() > 2 ? reply.text(2) : "", said());
                }
                throw new FileReply.UnreadableReplyException();
            }
            all.writeBytes(piece);
        }
    }

    /**
     * Returns the index after these fields of a reply that begins with ok; -1 if some are missing, or if the reply
     * begins differently.
     */
    private static int end(byte[] bytes, int fields) {
        int found = 0;
        for (int i = 0; i < bytes.length && bytes[0] == 'o'; i++) {
            found += bytes[i] == 0 ? 1 : 0;
            if (found == fields) {
                return i + 1;
            }
        }
        return -1;
    }

    /** Reads a piece; empty at the end. */
    private byte[] piece(int most, Deadline deadline) throws InterruptedException {
        if (rest.length > 0) {
            byte[] piece = rest;
            rest = new byte[0];
            return piece;
        }
        try {
            Optional<byte[]> piece = process.stdout().read(most, deadline);
            if (piece.isPresent() && piece.get().length == 0) {
                throw FileFailures.failure(ErrorCode.AGENT_UNAVAILABLE, cannot, "the guest sends nothing any more");
            }
            return piece.orElseGet(() -> new byte[0]);
        } catch (StreamException e) {
            throw failure(e);
        }
    }

    @Override
    public byte[] read(long offset, int most) throws InterruptedException {
        requireInOrder(offset);
        byte[] piece = transfers.carried(bytes -> bytes.length, () -> piece(most, Deadline.after(SILENCE_TIMEOUT)));
        if (piece.length > most) {
            rest = Arrays.copyOfRange(piece, most, piece.length);
            piece = Arrays.copyOf(piece, most);
        }
        position += piece.length;
        if (piece.length == 0) {
            requireEnded();
        }
        return piece;
    }

    /** Throws if a caller repeats a call, which means that a reply was lost: a stream cannot go back. */
    private void requireInOrder(long offset) {
        if (offset != position) {
            throw FileFailures.failure(
                    ErrorCode.FILE_CHANGED,
                    cannot,
                    "a part of it was lost on its way; begin again with the whole tree");
        }
    }

    @Override
    public int write(long offset, byte[] piece) throws InterruptedException {
        requireInOrder(offset);
        return transfers.carried(count -> count, () -> {
            try {
                int written = process.stdin().write(piece, 0, piece.length, Deadline.after(SILENCE_TIMEOUT));
                position += written;
                return written;
            } catch (StreamException e) {
                if (e.kind() == StreamException.Kind.UNREAD) {
                    requireEnded();
                }
                throw failure(e);
            }
        });
    }

    /** Ends the tar, and waits until the guest has unpacked it and has it on its disk. */
    @Override
    public void flush() throws InterruptedException {
        process.stdin().end();
        requireEnded();
    }

    /** Throws if the script did not succeed. */
    private void requireEnded() throws InterruptedException {
        try {
            ProcessEnd end = process.awaitEnd(Deadline.after(END_TIMEOUT))
                    .orElseThrow(() -> FileFailures.failure(
                            ErrorCode.START_UNCONFIRMED, cannot, "the guest does not come to an end with it"));
            if (!Objects.equals(end.exitCode(), 0)) {
                stderrReader.join(PIECE_TIMEOUT);
                throw FileFailures.tree(cannot, said());
            }
        } catch (StreamException e) {
            throw failure(e);
        }
    }

    private String said() {
        synchronized (stderr) {
            return stderr.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private BellhopException failure(StreamException e) throws InterruptedException {
        if (e.kind() == StreamException.Kind.INTERRUPTED) {
            throw new InterruptedException();
        }
        return FileFailures.failure(
                ErrorCode.FILE_CHANGED, cannot, "the stream to its guest was lost; begin again with the whole tree");
    }

    @Override
    public boolean close() {
        process.close();
        lease.close();
        return true;
    }
}
