// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A frame between the server and a relay in a guest: a letter, two bytes of length and that many bytes. {@code
 * relay.pl} has the other end.
 *
 * @param kind one of the constants of this class; a guest can send any other
 */
@SuppressWarnings("ArrayRecordComponent") // On its way.
record RelayFrame(char kind, byte[] data) {
    static final char OPENED = 'o';
    static final char FAILED = 'f';
    static final char DATA = 'd';
    static final char END = 'e';
    static final char UNREAD = 'u';

    private static final int HEADER_BYTES = 3;

    static byte[] of(char kind, byte[] bytes, int from, int count) {
        return ByteBuffer.allocate(HEADER_BYTES + count)
                .put((byte) kind)
                .putShort((short) count)
                .put(bytes, from, count)
                .array();
    }

    /** Parses received bytes into frames. Keeps less than one frame besides the bytes added last. Not thread safe. */
    static final class Parser {
        private ByteBuffer came = ByteBuffer.allocate(0);

        void add(byte[] bytes) {
            came = ByteBuffer.allocate(came.remaining() + bytes.length)
                    .put(came)
                    .put(bytes)
                    .flip();
        }

        /** Returns the next frame; absent if it is not complete yet. */
        @Nullable
        RelayFrame next() {
            if (came.remaining() < HEADER_BYTES) {
                return null;
            }
            int length = came.getShort(came.position() + 1) & 0xFFFF;
            if (came.remaining() < HEADER_BYTES + length) {
                return null;
            }
            char kind = (char) (came.get() & 0xFF);
            came.getShort();
            byte[] data = new byte[length];
            came.get(data);
            return new RelayFrame(kind, data);
        }
    }

    @Override
    public String toString() {
        return "RelayFrame[" + kind + ", bytes=" + data.length + "]";
    }
}
