// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongConsumer;

/** Reports how many bytes were written, in steps of {@value #STEP}. For one thread. */
public final class CountedStream extends FilterOutputStream {
    private static final int STEP = 1 << 20;

    private final LongConsumer counter;
    private long uncounted;

    /** @param counter given how many bytes were written since the last time */
    public CountedStream(OutputStream out, LongConsumer counter) {
        super(out);
        this.counter = counter;
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
            counter.accept(uncounted);
            uncounted = 0;
        }
    }
}
