// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.TcpInput;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection of a guest, read and written by offsets. A request repeated after a lost answer gets the same answer,
 * and its data is sent only once. Thread safe.
 */
final class OpenConnection {
    private static final Duration LINGER = Duration.ofSeconds(30);

    private final Way way;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** The last data read, kept for repeated requests. Guarded by {@link #reading}, like the following fields. */
    private byte[] last = {};

    private long lastOffset;
    private volatile boolean ended;

    /** Guarded by {@link #writing}. */
    private long written;

    private volatile boolean outputEnded;

    OpenConnection(Way way) {
        this.way = way;
    }

    TcpInput read(long offset, int limit, Duration longest) throws InterruptedException {
        Deadline deadline = Deadline.after(longest);
        if (!reading.tryLock(longest.toNanos(), TimeUnit.NANOSECONDS)) {
            return TcpInput.nothing();
        }
        try {
            long next = lastOffset + last.length;
            if (offset < lastOffset || offset > next) {
                throw gap();
            }
            if (offset < next) {
                // The answer was lost, or the reader took only some of it.
                int from = Math.toIntExact(offset - lastOffset);
                return new TcpInput(Arrays.copyOfRange(last, from, Math.min(last.length, from + limit)), false);
            }
            if (ended) {
                return TcpInput.end();
            }
            TcpInput input = way.read(limit, deadline);
            ended = input.isEnd();
            if (input.bytes().length > 0) {
                last = input.bytes();
                lastOffset = next;
            }
            return input;
        } finally {
            reading.unlock();
        }
    }

    /** Returns how many bytes the guest has in total. */
    long write(long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        writing.lockInterruptibly();
        try {
            if (offset > written) {
                throw gap();
            }
            int from = Math.toIntExact(Math.min(written - offset, bytes.length));
            written += way.write(bytes, from, bytes.length - from, deadline);
            return written;
        } finally {
            writing.unlock();
        }
    }

    private static BellhopException gap() {
        return new BellhopException(
                ErrorCode.EXECUTION_ENDED, "Cannot go on with this connection because some of it is missing");
    }

    boolean endOutput(Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        writing.lockInterruptibly();
        try {
            outputEnded = way.endOutput(deadline);
            return outputEnded;
        } finally {
            writing.unlock();
        }
    }

    void keep() {
        way.keep();
    }

    /**
     * Closes the connection immediately, or, if both sides have ended their output, when all of it is on its way.
     * Returns after that.
     */
    void close() {
        try {
            if (ended && outputEnded) {
                way.linger(Deadline.after(LINGER));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopException e) {
            // It has ended by itself.
        } finally {
            way.close();
        }
    }

    void abandon() {
        way.abandon();
    }
}
