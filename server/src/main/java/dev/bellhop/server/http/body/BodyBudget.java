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
 * How much memory the bodies of requests may take at once, from when they arrive until what they ask for is begun. Accounts share it
 * fairly. What has arrived counts, not what was announced, so that nobody takes room without sending anything. Large ones have
 * a part of their own and leave the rest to the small ones: a command can be cancelled while others are sent megabytes.
 *
 * <p>Decoding a large body takes several times its memory for a moment, so one is decoded at a time, and accounts take turns. Thread
 * safe.
 */
public final class BodyBudget {
    /** In bytes. No body that most routes take comes near this, escapes included. */
    static final int MAX_SMALL = 64 * 1024;

    /** For a turn, of which each takes a fraction of a second. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    private final FairLimit small;
    private final FairLimit large;
    private final FairTurns turns = new FairTurns(1);

    /** One body at a time waits for it, so its holder's other work must not be in front of that. */
    private final FairTurns.Share processor;

    /**
     * @param large bytes for large ones
     * @param small bytes for small ones
     * @param processor turns for decoding large ones
     */
    public BodyBudget(FairLimit large, FairLimit small, FairTurns processor) {
        this.large = large;
        this.small = small;
        this.processor = processor.of("large bodies");
    }

    /** With the shares of the heap that are for them. */
    public static BodyBudget ofHeap(FairTurns processor) {
        return new BodyBudget(
                new FairLimit(HeapShare.LARGE_BODIES.bytes()),
                new FairLimit(HeapShare.SMALL_BODIES.bytes()),
                processor);
    }

    /** For a body, with which its holder shares. */
    public BufferedBody newBody(String holder) {
        return new BufferedBody(holder);
    }

    /** The time in which something is made of a large body, until it is closed. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * One body while it is needed, and the memory that counts for it while anything made of it is. A request that waits for
     * minutes lets go of it first: the memory for bodies is everybody's. For one thread.
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

        /** Empty where there is no body, or it is not needed any more. */
        public byte[] bytes() {
            return bytes;
        }

        /** The body as it comes, on a route that takes a stream; it does not count here. */
        public InputStream stream() {
            return stream;
        }

        void leave(InputStream comes) {
            stream = comes;
        }

        /** The bytes are read now; what counts for them stays. */
        void hold(byte[] read) {
            bytes = read;
        }

        /** The bytes are not needed any more, though what was made of them is. */
        public void forgetBytes() {
            bytes = NOTHING;
        }

        /** The same bytes, which count as they are read. Reading them may fail with {@code OVERLOADED}. */
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

        /** Waits for the turn of a large body; a small one needs none. Throws {@code OVERLOADED}. */
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

        /** As {@link #turn}, with a turn at the processor, for decoding the body. */
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

        /** Neither the bytes nor what was made of them is needed any more. */
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
