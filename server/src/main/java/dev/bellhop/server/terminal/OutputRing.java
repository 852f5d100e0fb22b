// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.util.Arrays;

/** The last bytes of what was printed, up to 1 MiB; it takes no more memory than was printed. Not thread safe. */
final class OutputRing {
    static final int MAX_BYTES = 1 << 20;
    private static final int FIRST_BYTES = 16 << 10;
    private static final byte[] NOTHING = {};

    private byte[] bytes = new byte[FIRST_BYTES];
    private long end;

    /** How many bytes were ever printed. */
    long end() {
        return end;
    }

    /** From where on they are here. */
    long begin() {
        return Math.max(0, end - bytes.length);
    }

    void append(byte[] more) {
        grow(end + more.length);
        int from = Math.max(0, more.length - bytes.length);
        for (int at = from; at < more.length; ) {
            int place = (int) ((end + at) % bytes.length);
            int count = Math.min(more.length - at, bytes.length - place);
            System.arraycopy(more, at, bytes, place, count);
            at += count;
        }
        end += more.length;
    }

    /** While it is not full, each byte is at its own offset. */
    private void grow(long wanted) {
        int length = bytes.length;
        while (length < MAX_BYTES && length < wanted) {
            length *= 2;
        }
        if (length > bytes.length) {
            bytes = Arrays.copyOf(bytes, length);
        }
    }

    /** What is here from an offset on, which is not before {@link #begin}. */
    byte[] read(long offset, int limit) {
        int count = (int) Math.min(limit, end - offset);
        if (count <= 0) {
            return NOTHING;
        }
        byte[] read = new byte[count];
        int place = (int) (offset % bytes.length);
        int first = Math.min(count, bytes.length - place);
        System.arraycopy(bytes, place, read, 0, first);
        System.arraycopy(bytes, 0, read, first, count - first);
        return read;
    }
}
