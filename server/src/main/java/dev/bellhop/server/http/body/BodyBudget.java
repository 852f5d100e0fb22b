// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.limit.HeapShare;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Limits the memory of all request bodies, from arrival until the requested work has begun. Accounts share it fairly.
 * Received bytes count, not the announced length, so a client cannot reserve memory without sending. Large bodies have
 * a separate part and leave the rest to the small ones: a command can be cancelled while other clients send megabytes.
 *
 * <p>Decoding a large body takes several times its memory for a moment, so one is decoded at a time, and accounts take
 * turns. Thread safe.
 */
public final class BodyBudget {
    /** In bytes. Bodies on most routes are far smaller, escapes included. */
    static final int MAX_SMALL = 64 * 1024;

    /** Longest wait for a turn. A turn lasts a fraction of a second. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    private final FairLimit small;
    private final FairLimit large;
    private final FairTurns turns = new FairTurns(1);

    /** A separate share, because one body at a time waits for it: other work of its account must not come first. */
    private final FairTurns.Share processor;

    /**
     * Uses these limits.
     *
     * @param large bytes for large bodies
     * @param small bytes for small bodies
     * @param processor turns for decoding large bodies
     */
    public BodyBudget(FairLimit large, FairLimit small, FairTurns processor) {
        this.large = large;
        this.small = small;
        this.processor = processor.of("large bodies");
    }

    /** Uses the heap shares for bodies. */
    public static BodyBudget ofHeap(FairTurns processor) {
        return new BodyBudget(
                new FairLimit(HeapShare.LARGE_BODIES.bytes()),
                new FairLimit(HeapShare.SMALL_BODIES.bytes()),
                processor);
    }

    /** Returns a new body that counts for this holder. */
    public BufferedBody newBody(String holder) {
        return new BufferedBody(holder);
    }

    /** A turn to process a large body. It ends when this is closed. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A body while it is needed, and the memory that counts for it and for the objects made from it. A request that
     * waits for minutes releases it first, because all requests share this memory. For one thread.
     */
    public final class BufferedBody implements AutoCloseable {
        private static final byte[] NOTHING = {};

        private final String holder;
        private byte[] bytes = NOTHING;
        private InputStream stream = InputStream.nullInputStream();
        private FairLimit limit = small;
        private long mine;

        private BufferedBody(String holder) {
            this.holder = holder;
        }

        /** Returns the bytes; empty if there is no body or it is no longer needed. */
        public byte[] bytes() {
            return bytes;
        }

        /** Returns the body as it arrives, on a route that reads a stream; it does not count here. */
        public InputStream stream() {
            return stream;
        }

        void leave(InputStream comes) {
            stream = comes;
        }

        /** Holds the bytes read; their memory count is unchanged. */
        void hold(byte[] read) {
            bytes = read;
        }

        /** Releases the bytes, but still counts the memory of the objects made from them. */
        public void forgetBytes() {
            bytes = NOTHING;
        }

        /** Counts the bytes on each read. Reads can fail with {@code OVERLOADED}. */
        public InputStream counting(InputStream body) {
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
            if (more == 0) {
                return;
            }
            long before = mine;
            if (limit == small && mine + more > MAX_SMALL) {
                close();
                limit = large;
                take(before + more);
            } else {
                take(more);
            }
        }

        private void take(long bytes) {
            if (!limit.take(holder, bytes)) {
                throw new BellhopException(
                        ErrorCode.OVERLOADED,
                        "Cannot take in the body now because those of other requests take up the memory for them; try"
                                + " again in a moment");
            }
            mine += bytes;
        }

        /** Waits for a turn if the body is large; a small one needs none. Throws {@code OVERLOADED}. */
        public Turn turn() {
            if (limit == small) {
                return () -> {};
            }
            FairTurns.Share mine = turns.of(holder);
            if (mine.enter(MAX_WAIT)) {
                return mine::leave;
            }
            throw new BellhopException(
                    ErrorCode.OVERLOADED,
                    "Cannot take in the body now because other large ones are being taken in; try again in a moment");
        }

        /** Waits like {@link #turn}, and also for a turn at the processor, to decode the body. */
        public Turn decoding() {
            Turn turn = turn();
            if (limit == small) {
                return turn;
            }
            boolean isEntered = false;
            try {
                processor.enter();
                isEntered = true;
            } finally {
                if (!isEntered) {
                    turn.close();
                }
            }
            return () -> {
                processor.leave();
                turn.close();
            };
        }

        /** Releases the bytes and the objects made from them. */
        @Override
        public void close() {
            forgetBytes();
            if (mine > 0) {
                limit.giveBack(holder, mine);
            }
            mine = 0;
        }
    }
}
