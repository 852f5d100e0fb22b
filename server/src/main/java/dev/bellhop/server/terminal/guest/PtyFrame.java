// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.server.terminal.WindowSize;
import java.nio.ByteBuffer;

/**
 * Frames for a FIFO of a bridge, each written in one piece: a letter, an offset of 8 bytes, a length of 2 bytes, and
 * the data. A FIFO accepts up to 4,096 bytes completely or not at all.
 */
final class PtyFrame {
    private static final int HEADER = 11;

    /** The most bytes of input in one frame. */
    static final int MAX_INPUT = 4_000;

    private static final byte[] NOTHING = {};

    private PtyFrame() {}

    /** @param offset of the first byte in the whole input, so the bridge can skip bytes that it already has */
    static byte[] input(long offset, byte[] bytes, int from, int count) {
        return frame('i', offset, bytes, from, count);
    }

    static byte[] resize(WindowSize size) {
        byte[] both = ByteBuffer.allocate(4)
                .putShort((short) size.rows())
                .putShort((short) size.cols())
                .array();
        return frame('w', 0, both, 0, both.length);
    }

    /** Says that all output before an offset has been read; also works as a heartbeat. */
    static byte[] read(long offset) {
        return frame('a', offset, NOTHING, 0, 0);
    }

    static byte[] hangUp() {
        return frame('k', 0, NOTHING, 0, 0);
    }

    /** Makes the bridge remove its folder and end, if the command has ended; otherwise the same as {@link #hangUp}. */
    static byte[] quit() {
        return frame('q', 0, NOTHING, 0, 0);
    }

    private static byte[] frame(char kind, long offset, byte[] bytes, int from, int count) {
        return ByteBuffer.allocate(HEADER + count)
                .put((byte) kind)
                .putLong(offset)
                .putShort((short) count)
                .put(bytes, from, count)
                .array();
    }
}
