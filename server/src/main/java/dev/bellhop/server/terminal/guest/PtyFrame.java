// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.server.terminal.WindowSize;
import java.nio.ByteBuffer;

/**
 * What is written to the FIFO of a bridge, all at once: a letter, an offset of 8 bytes, a length of 2, and as many bytes. A FIFO takes
 * up to 4,096 bytes whole or not at all.
 */
final class PtyFrame {
    private static final int HEADER = 11;

    /** The most that is typed with one frame. */
    static final int MAX_INPUT = 4_000;

    private static final byte[] NOTHING = {};

    private PtyFrame() {}

    /** @param offset of the first byte among all that is typed, by which the bridge knows what it has */
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

    /** All output before an offset has been read; a sign of life, too. */
    static byte[] read(long offset) {
        return frame('a', offset, NOTHING, 0, 0);
    }

    static byte[] hangUp() {
        return frame('k', 0, NOTHING, 0, 0);
    }

    /** Once the command has ended, the bridge removes its folder and ends; before, this is as {@link #hangUp}. */
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
