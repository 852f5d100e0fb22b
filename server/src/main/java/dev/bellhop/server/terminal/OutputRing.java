// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The last bytes of output: 128 KiB, and up to 1 MiB if memory is free. Allocates memory only as output grows. Not
 * thread safe.
 */
final class OutputRing {
    static final int MAX_BYTES = 1 << 20;

    /** The ring needs no permission from {@link #memory} up to this size. */
    static final int MIN_BYTES = 128 << 10;

    /** Growth step. Larger arrays occupy whole regions of the garbage collector's heap. */
    static final int PIECE = 64 << 10;

    private static final byte[] NOTHING = {};

    private final BooleanSupplier memory;
    private final List<byte[]> pieces = new ArrayList<>();
    private long end;

    /** @param memory reserves one more piece, or returns false */
    OutputRing(BooleanSupplier memory) {
        this.memory = memory;
    }

    /** Returns how many bytes were ever printed. */
    long end() {
        return end;
    }

    /** Returns the offset of the first byte kept. */
    long begin() {
        return Math.max(0, end - capacity());
    }

    private long capacity() {
        return (long) pieces.size() * PIECE;
    }

    void append(byte[] more) {
        grow(end + more.length);
        for (int at = (int) Math.max(0, more.length - capacity()); at < more.length; ) {
            at += copy(end + at, more, at, true);
        }
        end += more.length;
    }

    /** Drops all output. Nothing can be appended after this. */
    void clear() {
        pieces.clear();
    }

    /** Grows if needed; returns whether the last {@code wanted} bytes can be kept. */
    boolean hasRoomFor(long wanted) {
        grow(wanted);
        return capacity() >= wanted;
    }

    /** Grows if possible. A ring that has been full never grows, because its bytes are no longer at their offsets. */
    private void grow(long wanted) {
        while (capacity() < wanted && capacity() < MAX_BYTES && end <= capacity()) {
            if (capacity() >= MIN_BYTES && !memory.getAsBoolean()) {
                return;
            }
            pieces.add(new byte[PIECE]);
        }
    }

    /** Returns the bytes from an offset on, which must not be before {@link #begin}. */
    byte[] read(long offset, int limit) {
        int count = (int) Math.min(limit, end - offset);
        if (count <= 0) {
            return NOTHING;
        }
        byte[] read = new byte[count];
        for (int at = 0; at < count; ) {
            at += copy(offset + at, read, at, false);
        }
        return read;
    }

    /** Copies to or from one piece, up to its end; returns the number of bytes. */
    private int copy(long offset, byte[] other, int at, boolean in) {
        byte[] piece = pieces.get((int) (offset / PIECE % pieces.size()));
        int place = (int) (offset % PIECE);
        int count = Math.min(other.length - at, PIECE - place);
        if (in) {
            System.arraycopy(other, at, piece, place, count);
        } else {
            System.arraycopy(piece, place, other, at, count);
        }
        return count;
    }
}
