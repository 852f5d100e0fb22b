// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
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
 * To be used by one thread at a time for one execution, with nobody else opening files in the guest.
 */
public record StdinWriter(GuestAgent agent, Spool spool, ExecutionId id) {
    private static final int PIECE = 256 * 1024;

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
    OptionalLong write(long offset, byte[] bytes, boolean end, Deadline deadline) throws AgentException {
        boolean over = exists(spool.stdinEnd(id), deadline);
        long file;
        try {
            // Not "a", which would make the file: it is there where the command was started to have one.
            file = agent.fileOpen(spool.stdin(id), "r+", deadline);
        } catch (AgentErrorException e) {
            if (over) {
                throw closed();
            }
            return OptionalLong.empty();
        }
        long length;
        try {
            length = agent.fileSeek(file, 0, SeekFrom.END, deadline).position();
            if (over) {
                // The last piece once more is no other end.
                if (end && offset + bytes.length == length) {
                    return OptionalLong.of(length);
                }
                throw closed();
            }
            if (offset > length) {
                throw new BellhopException(
                        ErrorCode.STDIN_GAP,
                        "Cannot write stdin at offset " + offset + " because " + length
                                + " bytes have arrived; send what follows those");
            }
            if (offset + bytes.length > length) {
                requireRoom(offset + bytes.length, deadline);
                length = append(
                        file, Arrays.copyOfRange(bytes, (int) (length - offset), bytes.length), length, deadline);
            }
        } finally {
            agent.fileClose(file, deadline);
        }
        if (end) {
            agent.fileClose(agent.fileOpen(spool.stdinEnd(id), "w", deadline), deadline);
        }
        return OptionalLong.of(length);
    }

    /**
     * The pid of whoever has claimed the execution, as it stands in the spool, or "void"; empty where nobody has. A supervisor
     * does when it has all that came with its start.
     */
    Optional<String> claimant(Deadline deadline) throws AgentException {
        return head(spool.claim(id), CLAIM_BYTES, deadline)
                .filter(line -> line.endsWith("\n"))
                .map(line -> line.strip().split(" ", 2)[0]);
    }

    /** Whether one that could not be written to is certainly not there, as another file of the same command can be opened. */
    boolean isNone(Deadline deadline) throws AgentException {
        return exists(spool.output(id, OutputStreamName.STDOUT), deadline);
    }

    private long append(long file, byte[] bytes, long from, Deadline deadline) throws AgentException {
        int written = 0;
        while (written < bytes.length) {
            int to = Math.min(bytes.length, written + PIECE);
            written += agent.fileWrite(file, Arrays.copyOfRange(bytes, written, to), deadline);
        }
        agent.fileFlush(file, deadline);
        return from + written;
    }

    private void requireRoom(long length, Deadline deadline) throws AgentException {
        if (length > MAX_UNREAD_BYTES && length - read(deadline) > MAX_UNREAD_BYTES) {
            throw new BellhopException(
                    ErrorCode.STDIN_FULL,
                    "Cannot write more stdin now because the command has yet to read the " + (MAX_UNREAD_BYTES >> 20)
                            + " MiB before; send this again in a while");
        }
    }

    /** How much of the input has been passed on; no limit where a supervisor of an earlier server does not tell. */
    private long read(Deadline deadline) throws AgentException {
        return head(spool.stdinRead(id), COUNT_BYTES, deadline)
                // What is no number is not the feeder's.
                .map(line -> COUNT.matcher(line).matches() ? Long.parseLong(line.strip()) : 0)
                .orElse(Long.MAX_VALUE);
    }

    /** How a file begins; empty where there is none. */
    private Optional<String> head(String path, int bytes, Deadline deadline) throws AgentException {
        long file;
        try {
            file = agent.fileOpen(path, "r", deadline);
        } catch (AgentErrorException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(new String(agent.fileRead(file, bytes, deadline).data(), StandardCharsets.US_ASCII));
        } finally {
            agent.fileClose(file, deadline);
        }
    }

    private boolean exists(String path, Deadline deadline) throws AgentException {
        try {
            agent.fileClose(agent.fileOpen(path, "r", deadline), deadline);
            return true;
        } catch (AgentErrorException e) {
            return false;
        }
    }

    public static BellhopException closed() {
        return new BellhopException(
                ErrorCode.STDIN_CLOSED,
                "Cannot write stdin because the command was started without more to follow, or has been told its end");
    }
}
