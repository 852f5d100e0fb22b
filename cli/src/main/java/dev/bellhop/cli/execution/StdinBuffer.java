// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads stdin ahead of whoever sends it, up to a limit: what arrives while one piece is sent makes up the next. Reads on a
 * thread of its own because a read from a terminal or a pipe cannot be interrupted. Thread safe.
 */
final class StdinBuffer {

    /** The server takes no more at once. */
    static final int MAX_BYTES = 1 << 20;

    private static final int READ_BYTES = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private boolean ended;
    private @Nullable IOException failure;

    /**
     * The next bytes.
     *
     * @param end whether nothing follows
     */
    @SuppressWarnings("ArrayRecordComponent") // Passed on once and compared with nothing.
    record Piece(byte[] bytes, boolean end) {
        @Override
        public String toString() {
            return "Piece[" + bytes.length + " bytes, end=" + end + "]";
        }
    }

    private StdinBuffer() {}

    /** Begins to read. */
    static StdinBuffer of(InputStream input) {
        StdinBuffer buffer = new StdinBuffer();
        Thread.ofPlatform().daemon().name("stdin").start(() -> buffer.read(input));
        return buffer;
    }

    private void read(InputStream input) {
        byte[] bytes = new byte[READ_BYTES];
        try {
            for (int length = input.read(bytes); length >= 0; length = input.read(bytes)) {
                put(bytes, length);
            }
            end(null);
        } catch (IOException e) {
            end(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(byte[] bytes, int length) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.size() + length > MAX_BYTES) {
                changed.await();
            }
            waiting.write(bytes, 0, length);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void end(@Nullable IOException why) {
        lock.lock();
        try {
            ended = true;
            failure = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * All of the input, where it ends within that time and {@link #MAX_BYTES}; null where there may be more.
     *
     * @throws IOException if the input cannot be read at all
     */
    byte @Nullable [] whole(Duration longest) throws IOException, InterruptedException {
        long nanos = longest.toNanos();
        lock.lockInterruptibly();
        try {
            while (!ended && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            boolean broken = failure != null && waiting.size() > 0;
            return ended && !broken ? take().bytes : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What has been read; waits for one byte at least, or the end.
     *
     * @throws IOException if the input cannot be read on, after all that was read before
     */
    Piece take() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.size() == 0 && !ended) {
                changed.await();
            }
            if (waiting.size() == 0 && failure != null) {
                throw failure;
            }
            byte[] bytes = waiting.toByteArray();
            waiting.reset();
            changed.signalAll();
            return new Piece(bytes, ended && failure == null);
        } finally {
            lock.unlock();
        }
    }
}
