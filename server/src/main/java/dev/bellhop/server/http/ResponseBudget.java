// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.HeapShare;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much memory responses may take at once, from before they are made until their clients have read them, which may
 * be never. Accounts share it fairly. A large response waits for its memory before it is made; a small one does not
 * count. Thread safe.
 */
public final class ResponseBudget {
    /** In bytes. About what a connection takes in any case. */
    public static final int SMALL = 16 * 1024;

    /** What one execution in a list takes at most, roughly: as it is, with its command cut short, and as JSON. */
    public static final long LISTED_COMMAND_BYTES = 64 * 1024;

    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private final FairLimit limit;
    private final Duration longestWait;

    ResponseBudget(FairLimit limit, Duration longestWait) {
        this.limit = limit;
        this.longestWait = longestWait;
    }

    /** With the share of the heap that is for them. */
    static ResponseBudget ofHeap() {
        return new ResponseBudget(new FairLimit(HeapShare.RESPONSES.bytes()), MAX_WAIT);
    }

    /** For one response, which counts once it is known whose it is. */
    Share newShare() {
        return new Share();
    }

    /** What one response takes. For one thread at a time. */
    public final class Share implements AutoCloseable {
        private @Nullable String holder;
        private long mine;

        private Share() {}

        /** With whom its reader shares. A response that needs no key does not count. */
        void belongsTo(Key key) {
            holder = key.holder();
        }

        /** Waits a while until so much memory may be taken for the response; throws {@code OVERLOADED}. */
        public void reserve(long bytes) {
            if (!reserve(bytes, longestWait)) {
                throw overloaded();
            }
        }

        /** The same for so long; false where it may not be taken by then. */
        public boolean reserve(long bytes, Duration longest) {
            long more = counted(bytes) - mine;
            if (holder == null || more <= 0) {
                return true;
            }
            try {
                if (!limit.take(holder, more, longest)) {
                    return false;
                }
                mine += more;
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /**
         * Sets what the finished response takes, and gives back the rest; throws {@code OVERLOADED} where it takes more
         * than was reserved, and that is not there.
         */
        void takes(long bytes) {
            if (!reserve(bytes, Duration.ZERO)) {
                throw overloaded();
            }
            giveBackBeyond(bytes);
        }

        /** The same for a response that tells what was done: it is never held back. */
        void takesAnyway(long bytes) {
            long more = counted(bytes) - mine;
            if (holder != null && more > 0) {
                limit.takeAnyway(holder, more);
                mine += more;
            }
            giveBackBeyond(bytes);
        }

        private void giveBackBeyond(long bytes) {
            long less = mine - counted(bytes);
            if (holder != null && less > 0) {
                limit.giveBack(holder, less);
                mine -= less;
            }
        }

        private static long counted(long bytes) {
            return bytes <= SMALL ? 0 : bytes;
        }

        private static BellhopException overloaded() {
            return new BellhopException(
                    ErrorCode.OVERLOADED,
                    "Cannot answer now because other answers fill the memory for them; read those first, send"
                            + " fewer requests at once, or ask for shorter pages");
        }

        @Override
        public void close() {
            giveBackBeyond(0);
        }
    }
}
