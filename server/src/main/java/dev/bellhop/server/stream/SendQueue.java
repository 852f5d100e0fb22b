// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Queues frames to be sent. Channels take turns, so one user's file does not delay another user's keystrokes. Only one
 * thread writes, so interrupting a caller cannot close the connection in the middle of a write.
 *
 * <p>The credit of the channels limits the queue. Frames that need no credit are merged: only the last size, the last
 * ping of each kind and one of each signal wait, and credits are added up. Thread safe.
 */
final class SendQueue {
    private static final byte[] NOTHING = {};

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final Map<Integer, Queue<Frame>> waiting = new HashMap<>();
    private final Queue<Integer> turns = new ArrayDeque<>();
    /** Waiting frames that later frames of the same kind are merged into. */
    private final Map<Kind, Frame> open = new HashMap<>();

    private boolean closed;

    private static final class Frame {
        final FrameType type;
        final int channel;
        byte[] payload;

        Frame(FrameType type, int channel, byte[] payload) {
            this.type = type;
            this.channel = channel;
            this.payload = payload;
        }

        /** Returns the key for merging later frames into this one; absent if every frame of its type counts. */
        @Nullable
        Kind kind() {
            return switch (type) {
                case RESIZE -> new Kind(type, channel, 0);
                case PING -> new Kind(type, channel, payload.length);
                case CREDIT -> new Kind(type, channel, payload[0]);
                case SIGNAL -> new Kind(type, channel, ByteBuffer.wrap(payload).getInt());
                default -> null;
            };
        }

        void takeIn(byte[] later) {
            if (type == FrameType.CREDIT) {
                int sum = ByteBuffer.wrap(payload).getInt(1)
                        + ByteBuffer.wrap(later).getInt(1);
                payload = ByteBuffer.wrap(later.clone()).putInt(1, sum).array();
            } else {
                payload = later;
            }
        }
    }

    private record Kind(FrameType type, int channel, int which) {}

    void send(FrameType type, int channel) {
        add(type, channel, NOTHING);
    }

    /** @param payload in writing mode: the bytes before its position are sent */
    void send(FrameType type, int channel, ByteBuffer payload) {
        byte[] bytes = new byte[payload.position()];
        payload.flip().get(bytes);
        add(type, channel, bytes);
    }

    void send(FrameType type, int channel, byte[] data, int offset, int length) {
        add(type, channel, Arrays.copyOfRange(data, offset, offset + length));
    }

    private void add(FrameType type, int channel, byte[] payload) {
        if (payload.length > FrameType.MAX_PAYLOAD) {
            throw new IllegalArgumentException("too large for a frame: " + payload.length);
        }
        lock.lock();
        try {
            if (closed) {
                return;
            }
            Frame frame = new Frame(type, channel, payload);
            Kind kind = frame.kind();
            Frame same = kind == null ? null : open.putIfAbsent(kind, frame);
            if (same != null) {
                same.takeIn(payload);
                return;
            }
            Queue<Frame> own = waiting.get(channel);
            if (own == null) {
                own = new ArrayDeque<>();
                waiting.put(channel, own);
                turns.add(channel);
            }
            own.add(frame);
            more.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Drops the waiting frames and ignores later ones. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            turns.clear();
            open.clear();
            more.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Writes frames until the queue is closed. */
    void writeTo(WritableByteChannel channel) throws IOException, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(FrameType.HEADER + FrameType.MAX_PAYLOAD);
        Frame frame = take(true);
        while (frame != null) {
            buffer.clear();
            while (frame != null && buffer.remaining() >= FrameType.HEADER + frame.payload.length) {
                buffer.put((byte) frame.type.code)
                        .putInt(frame.channel)
                        .putInt(frame.payload.length)
                        .put(frame.payload);
                frame = take(false);
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            if (frame == null) {
                frame = take(true);
            }
        }
    }

    /** Returns the next frame in turn; absent if the queue is closed, or if it is empty and {@code waits} is false. */
    private @Nullable Frame take(boolean waits) throws InterruptedException {
        lock.lock();
        try {
            while (turns.isEmpty()) {
                if (closed || !waits) {
                    return null;
                }
                more.await();
            }
            Integer channel = turns.remove();
            Queue<Frame> own = waiting.get(channel);
            Frame frame = own == null ? null : own.poll();
            if (own == null || own.isEmpty()) {
                waiting.remove(channel);
            } else {
                turns.add(channel);
            }
            Kind kind = frame == null ? null : frame.kind();
            if (kind != null) {
                open.remove(kind);
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }
}
