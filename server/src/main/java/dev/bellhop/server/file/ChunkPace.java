// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

/**
 * The size of one agent call. It adapts so that a call takes about ten milliseconds, because all other callers wait for
 * it. Calls of one direction in one VM share it. Not thread safe.
 */
final class ChunkPace {
    static final int MIN = 16 * 1024;
    static final int MAX = GuestFiles.MAX_PIECE;

    private static final long SHORT_NANOS = 5_000_000;
    private static final long LONG_NANOS = 15_000_000;

    private int size = MIN;

    int size() {
        return size;
    }

    /** Adapts the size after a call. */
    void took(int bytes, long nanos) {
        if (nanos > LONG_NANOS) {
            size = Math.max(MIN, size / 2);
        } else if (nanos < SHORT_NANOS && bytes >= size) {
            size = Math.min(MAX, size * 2);
        }
    }
}
