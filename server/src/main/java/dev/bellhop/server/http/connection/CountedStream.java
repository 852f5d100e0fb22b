// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongConsumer;

/** Reports how many bytes were written. For one thread. */
public final class CountedStream extends FilterOutputStream {
    private static final int STEP = 1 << 20;

    private final LongConsumer counter;
    private long uncounted;

    /** Writes something to a stream. */
    public interface Writing {
        void writeTo(OutputStream out) throws IOException;
    }

    private CountedStream(OutputStream out, LongConsumer counter) {
        super(out);
        this.counter = counter;
    }

    /**
     * Writes a body and counts its bytes, even if it fails.
     *
     * @param counter receives the number of bytes since the last call, about once per MiB
     */
    public static void count(OutputStream out, LongConsumer counter, Writing body) throws IOException {
        CountedStream counted = new CountedStream(out, counter);
        try {
            body.writeTo(counted);
        } finally {
            counted.settle();
        }
    }

    private void settle() {
        counter.accept(uncounted);
        uncounted = 0;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        uncounted += length;
        if (uncounted >= STEP) {
            settle();
        }
    }
}
