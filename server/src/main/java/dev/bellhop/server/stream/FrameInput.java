// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;

/** Reads the greeting and then the frames of a guest, and validates all of them. For one thread. */
final class FrameInput {
    /** Limit of stale bytes that the port can still hold from earlier users. */
    private static final int MAX_BEFORE_GREETING = 4 * 1024 * 1024;

    private final ReadableByteChannel channel;

    /** In reading mode. */
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(FrameType.MAX_DATA).flip();

    FrameInput(ReadableByteChannel channel) {
        this.channel = channel;
    }

    @SuppressWarnings("ArrayRecordComponent")
    record Frame(FrameType type, int channel, byte[] payload) {
        ByteBuffer fields() {
            return ByteBuffer.wrap(payload);
        }
    }

    /** Thrown if the guest violates the protocol. */
    static final class ViolationException extends IOException {
        private static final long serialVersionUID = 1;

        ViolationException(String what) {
            super(what);
        }
    }

    /** Skips all bytes up to the end of the greeting. */
    void skipPast(byte[] greeting) throws IOException {
        byte[] last = new byte[greeting.length];
        for (int skipped = 0; skipped < MAX_BEFORE_GREETING; skipped++) {
            System.arraycopy(last, 1, last, 0, last.length - 1);
            last[last.length - 1] = next();
            if (last[0] == greeting[0] && MessageDigest.isEqual(last, greeting)) {
                return;
            }
        }
        throw new ViolationException("it sent no greeting");
    }

    byte[] read(int length) throws IOException {
        byte[] bytes = new byte[length];
        int done = Math.min(length, buffer.remaining());
        buffer.get(bytes, 0, done);
        ByteBuffer rest = ByteBuffer.wrap(bytes, done, length - done);
        while (rest.remaining() >= buffer.capacity() / 2) {
            if (channel.read(rest) < 0) {
                throw new EOFException();
            }
        }
        while (rest.hasRemaining()) {
            rest.put(next());
            int part = Math.min(rest.remaining(), buffer.remaining());
            rest.put(rest.position(), buffer, buffer.position(), part);
            rest.position(rest.position() + part);
            buffer.position(buffer.position() + part);
        }
        return bytes;
    }

    Frame frame() throws IOException {
        FrameType type = FrameType.fromGuest(next() & 0xFF);
        ByteBuffer header = ByteBuffer.wrap(read(FrameType.HEADER - 1));
        int id = header.getInt();
        int length = header.getInt();
        if (type == null || length < 0 || length > FrameType.MAX_PAYLOAD) {
            throw new ViolationException("it sent what is no frame");
        }
        return new Frame(type, id, read(length));
    }

    private byte next() throws IOException {
        if (!buffer.hasRemaining()) {
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                throw new EOFException();
            }
        }
        return buffer.get();
    }
}
