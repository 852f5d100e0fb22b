// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the bodies of requests may take at once, from when they arrive until their answer is there. What has
 * arrived counts, not what was announced, so that nobody takes room without sending anything. Large ones leave some of it to
 * the small ones: a command can be cancelled while others are sent megabytes. Thread safe.
 */
final class BodyBudget {
    private final long bytes;
    private final AtomicLong held = new AtomicLong();

    BodyBudget(long bytes) {
        this.bytes = bytes;
    }

    /** An eighth of the largest heap, as what is read of a body takes as much again; 32 MiB at least. */
    static BodyBudget ofHeap() {
        return new BodyBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8));
    }

    /** For one body. */
    Share newShare() {
        return new Share();
    }

    /** What one body holds. Used by one thread. */
    final class Share implements AutoCloseable {
        private long mine;

        private Share() {}

        /** The same bytes, which count as they are read. Reading them may fail with {@code OVERLOADED}. */
        InputStream counting(InputStream body) {
            return new FilterInputStream(body) {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    int count = in.read(into, offset, length);
                    grow(Math.max(count, 0));
                    return count;
                }
            };
        }

        private void grow(int more) {
            long most = mine + more > RequestBody.LARGEST ? bytes - bytes / 4 : bytes;
            if (held.addAndGet(more) > most) {
                held.addAndGet(-more);
                throw new BellhopException(
                        ErrorCode.OVERLOADED,
                        "Cannot take in the body now because those of other requests take up the memory for them; try"
                                + " again in a moment");
            }
            mine += more;
        }

        @Override
        public void close() {
            held.addAndGet(-mine);
            mine = 0;
        }
    }
}
