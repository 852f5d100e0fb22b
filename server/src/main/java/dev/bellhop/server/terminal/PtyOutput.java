// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import org.jspecify.annotations.Nullable;

/**
 * Output of a pty.
 *
 * @param bytes empty if there was no output in time, or all has been read
 * @param end how the command ended, when all of its output has been read; absent until then
 */
@SuppressWarnings("ArrayRecordComponent") // Made for one reader.
public record PtyOutput(byte[] bytes, @Nullable PtyEnd end) {
    private static final byte[] NOTHING = {};

    public static PtyOutput nothing() {
        return new PtyOutput(NOTHING, null);
    }

    public static PtyOutput ended(PtyEnd end) {
        return new PtyOutput(NOTHING, end);
    }

    @Override
    public String toString() {
        return "PtyOutput[bytes=" + bytes.length + ", end=" + end + "]";
    }
}
