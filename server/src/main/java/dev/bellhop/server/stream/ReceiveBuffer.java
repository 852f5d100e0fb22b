// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Buffers one output of a channel until it is read. Reading gives the guest credit for more. Thread safe. */
final class ReceiveBuffer implements ChannelReader {
    /** Bytes that the guest can send before the caller reads any. */
    static final int WINDOW = 256 * 1024;

    /** Smaller window for a terminal, whose output people read. */
    static final int TERMINAL_WINDOW = 64 * 1024;

    /**
     * Payloads below this size share an array. Otherwise a guest that sends single bytes would use many times its
     * window.
     */
    private static final int SMALL = 4096;

    private final SendQueue queue;
    private final int channel;
    private final int which;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Chunk> chunks = new ArrayDeque<>();

    private final int grant;
    private int credit;
    private int consumed;
    private boolean ended;
    private @Nullable StreamException failure;

    /** The bytes between two offsets of an array; there may be room after them. */
    private static final class Chunk {
        private final byte[] bytes;
        private int from;
        private int to;

        private Chunk(byte[] bytes, int to) {
            this.bytes = bytes;
            this.to = to;
        }
    }

    ReceiveBuffer(SendQueue queue, int channel, int which) {
        this(queue, channel, which, WINDOW);
    }

    /** @param window bytes that the guest can send before the caller reads any */
    ReceiveBuffer(SendQueue queue, int channel, int which, int window) {
        this.grant = window / 4;
        this.credit = window;
        this.queue = queue;
        this.channel = channel;
        this.which = which;
    }

    void accept(byte[] data) throws ViolationException {
        lock.lock();
        try {
            credit -= data.length;
            if (credit < 0 || ended || data.length == 0) {
                throw new ViolationException("it sent more than it may");
            }
            if (failure == null) {
                add(data);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void add(byte[] data) {
        Chunk last = chunks.peekLast();
        if (last != null && last.bytes.length - last.to >= data.length) {
            System.arraycopy(data, 0, last.bytes, last.to, data.length);
            last.to += data.length;
        } else {
            boolean room = last != null && data.length < SMALL;
            chunks.add(new Chunk(room ? Arrays.copyOf(data, SMALL) : data, data.length));
        }
    }

    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the output with an error, unless it has ended. Data received before can still be read, unless this side
     * closed the channel.
     */
    void fail(StreamException why) {
        lock.lock();
        try {
            if (failure == null && !ended) {
                failure = why;
                changed.signalAll();
            }
            if (why.kind() == StreamException.Kind.CLOSED) {
                failure = why;
                chunks.clear();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<byte[]> read(int most, Deadline deadline) throws StreamException {
        lock.lock();
        try {
            while (chunks.isEmpty()) {
                StreamException why = failure;
                if (why != null) {
                    throw why.again();
                }
                if (ended) {
                    return Optional.empty();
                }
                if (changed.awaitNanos(deadline.remainingNanos()) <= 0
                        && chunks.isEmpty()
                        && !ended
                        && failure == null) {
                    return Optional.of(new byte[0]);
                }
            }
            byte[] read = take(most);
            consumed += read.length;
            if (consumed >= grant && !ended) {
                queue.send(
                        FrameType.CREDIT,
                        channel,
                        ByteBuffer.allocate(5).put((byte) which).putInt(consumed));
                credit += consumed;
                consumed = 0;
            }
            return Optional.of(read);
        } catch (InterruptedException e) {
            throw StreamFutures.interrupted();
        } finally {
            lock.unlock();
        }
    }

    private byte[] take(int most) {
        Chunk first = chunks.getFirst();
        int count = Math.min(most, first.to - first.from);
        byte[] part = count == first.bytes.length
                ? first.bytes
                : Arrays.copyOfRange(first.bytes, first.from, first.from + count);
        first.from += count;
        if (first.from == first.to) {
            chunks.removeFirst();
        }
        return part;
    }
}
