// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A file that an agent holds open. It makes one call at a time, small enough that other callers of the agent wait only
 * briefly.
 *
 * <p>After a restart of the guest, an agent numbers its handles from the beginning again, so the same number can be
 * another file. A guest cannot restart between two consecutive calls, but after a pause the handle checks the guest's
 * boot id.
 */
final class AgentFileHandle implements FileHandle {
    private static final long UNKNOWN = -1;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final GuestAgent agent;
    private final long handle;
    private final VmTransfers transfers;
    private final String boot;
    private final Supplier<String> bootNow;
    private long position;
    private final LongSupplier nanoTime;
    private long answeredAt;

    /**
     * Creates a handle at the beginning of the file.
     *
     * @param handle the agent's number for it
     * @param boot the guest's boot id when the file was opened
     * @param bootNow returns the current boot id; throws {@link BellhopException} if the guest does not answer
     */
    AgentFileHandle(
            GuestAgent agent,
            long handle,
            VmTransfers transfers,
            String boot,
            Supplier<String> bootNow,
            LongSupplier nanoTime) {
        this.agent = agent;
        this.handle = handle;
        this.transfers = transfers;
        this.boot = boot;
        this.bootNow = bootNow;
        this.nanoTime = nanoTime;
        this.answeredAt = nanoTime.getAsLong();
    }

    @Override
    public byte[] read(long offset, int most) throws AgentException, InterruptedException {
        requireSameBoot();
        return transfers.read(most, bytes -> bytes.length, count -> {
            Deadline deadline = Deadline.after(PIECE_TIMEOUT);
            seek(offset, deadline);
            byte[] piece = agent.fileRead(handle, count, deadline).data();
            position = offset + piece.length;
            answeredAt = nanoTime.getAsLong();
            return piece;
        });
    }

    @Override
    public int write(long offset, byte[] piece) throws AgentException, InterruptedException {
        requireSameBoot();
        return transfers.write(piece.length, count -> count, most -> {
            Deadline deadline = Deadline.after(PIECE_TIMEOUT);
            seek(offset, deadline);
            byte[] part = most == piece.length ? piece : Arrays.copyOf(piece, most);
            int written = agent.fileWrite(handle, part, deadline);
            position = offset + written;
            answeredAt = nanoTime.getAsLong();
            return written;
        });
    }

    private void requireSameBoot() {
        if (nanoTime.getAsLong() - answeredAt > PAUSE_NANOS && !bootNow.get().equals(boot)) {
            throw FileFailures.failure(
                    ErrorCode.FILE_CHANGED, "Cannot go on with this file", "the guest was restarted meanwhile");
        }
    }

    /** The position is unknown until the next call has been answered. */
    private void seek(long offset, Deadline deadline) throws AgentException {
        boolean isThere = offset == position;
        position = UNKNOWN;
        if (!isThere) {
            agent.fileSeek(handle, offset, SeekFrom.START, deadline);
        }
    }

    @Override
    public void flush() throws AgentException {
        requireSameBoot();
        agent.fileFlush(handle, Deadline.after(PIECE_TIMEOUT));
        answeredAt = nanoTime.getAsLong();
    }

    @Override
    public boolean close() {
        try {
            requireSameBoot();
            agent.fileClose(handle, Deadline.after(CLOSE_TIMEOUT));
            return true;
        } catch (RpcDisabledException e) {
            return false; // File systems are frozen.
        } catch (AgentErrorException e) {
            return true; // The agent does not know the handle, for example after a restart.
        } catch (AgentException e) {
            return false;
        } catch (BellhopException e) {
            return e.code() == ErrorCode.FILE_CHANGED;
        }
    }
}
