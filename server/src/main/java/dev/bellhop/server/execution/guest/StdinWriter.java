// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Writes the stdin of a supervised command while it runs: to a file in its guest's spool, from which a feeder there
 * passes it on. The length of that file says how much has arrived, so a piece that is sent again is not written again.
 *
 * @param <E> as {@link SpoolFiles} throws it
 */
public record StdinWriter<E extends Exception>(SpoolFiles<E> files, Spool spool, ExecutionId id) {
    /** How much of it may wait on the guest's disk: a command may read more slowly than it is sent, or never. */
    public static final long MAX_UNREAD_BYTES = 64L << 20;

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,18}\n");
    private static final int COUNT_BYTES = 19;
    private static final int CLAIM_BYTES = 64;

    /**
     * Writes what of these bytes is not there yet.
     *
     * @return how long the input is then; empty where the command has no input of this kind, or has not yet
     * @throws BellhopException {@code STDIN_GAP}, {@code STDIN_FULL} where too much is there that the command has not read,
     *     or {@code STDIN_CLOSED} where its end has been told
     */
    OptionalLong write(StdinPiece piece) throws E {
        boolean over = files.exists(spool.stdinEnd(id));
        SpoolFiles.Appender<E> file = files.append(spool.stdin(id));
        if (file == null) {
            if (over) {
                throw closed();
            }
            return OptionalLong.empty();
        }
        long length;
        try {
            length = append(file, piece, over);
        } finally {
            file.close();
        }
        if (piece.isLast() && !over) {
            files.create(spool.stdinEnd(id));
        }
        return OptionalLong.of(length);
    }

    private long append(SpoolFiles.Appender<E> file, StdinPiece piece, boolean over) throws E {
        long length = file.length();
        long end = piece.offset() + piece.bytes().length;
        if (over) {
            // The last piece once more is no other end.
            if (piece.isLast() && end == length) {
                return length;
            }
            throw closed();
        }
        if (piece.offset() > length) {
            throw new BellhopException(
                    ErrorCode.STDIN_GAP,
                    "Cannot write stdin at offset " + piece.offset() + " because " + length
                            + " bytes have arrived; send what follows those");
        }
        if (end <= length) {
            return length;
        }
        requireRoom(end);
        file.write(length, Arrays.copyOfRange(piece.bytes(), (int) (length - piece.offset()), piece.bytes().length));
        return end;
    }

    /**
     * The pid of whoever has claimed the execution, as it stands in the spool, or "void"; empty where nobody has. A supervisor
     * does when it has all that came with its start.
     */
    Optional<String> claimant() throws E {
        return head(spool.claim(id), CLAIM_BYTES)
                .filter(line -> line.endsWith("\n"))
                .map(line -> line.strip().split(" ", 2)[0]);
    }

    /** Whether one that could not be written to is certainly not there, as another file of the same command can be opened. */
    boolean isNone() throws E {
        return files.exists(spool.output(id, OutputStreamName.STDOUT));
    }

    private void requireRoom(long length) throws E {
        if (length > MAX_UNREAD_BYTES && length - read() > MAX_UNREAD_BYTES) {
            throw new BellhopException(
                    ErrorCode.STDIN_FULL,
                    "Cannot write more stdin now because the command has yet to read the " + (MAX_UNREAD_BYTES >> 20)
                            + " MiB before; send this again in a while");
        }
    }

    /** How much of the input has been passed on; no limit where a supervisor of an earlier server does not tell. */
    private long read() throws E {
        return head(spool.stdinRead(id), COUNT_BYTES)
                // What is no number is not the feeder's.
                .map(line -> COUNT.matcher(line).matches() ? Long.parseLong(line.strip()) : 0)
                .orElse(Long.MAX_VALUE);
    }

    private Optional<String> head(String path, int most) throws E {
        return files.head(path, most).map(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }

    public static BellhopException closed() {
        return new BellhopException(
                ErrorCode.STDIN_CLOSED,
                "Cannot write stdin because the command was started without more to follow, or has been told its end");
    }
}
