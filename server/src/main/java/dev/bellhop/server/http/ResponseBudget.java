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
 * Limits the memory of all responses, from before they are made until their clients have read them, which can be never.
 * Accounts share it fairly. A large response waits for its memory before it is made. Small responses do not count.
 * Thread safe.
 */
public final class ResponseBudget {
    /** In bytes: approximately the memory that every connection uses. */
    public static final int SMALL = 16 * 1024;

    /** The approximate maximum for one execution in a list: the object, with its command truncated, and its JSON. */
    public static final long LISTED_COMMAND_BYTES = 64 * 1024;

    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private final FairLimit limit;
    private final Duration longestWait;

    ResponseBudget(FairLimit limit, Duration longestWait) {
        this.limit = limit;
        this.longestWait = longestWait;
    }

    /** Uses the heap share for responses. */
    static ResponseBudget ofHeap() {
        return new ResponseBudget(new FairLimit(HeapShare.RESPONSES.bytes()), MAX_WAIT);
    }

    /** Returns the share of one response, which counts once its account is known. */
    Share newShare() {
        return new Share();
    }

    /** The memory of one response. For one thread at a time. */
    public final class Share implements AutoCloseable {
        private @Nullable String holder;
        private long mine;

        private Share() {}

        /** Sets the account that this share counts for. A response that needs no key does not count. */
        void belongsTo(Key key) {
            holder = key.holder();
        }

        /** Waits a while for this much memory; throws {@code OVERLOADED}. */
        public void reserve(long bytes) {
            if (!reserve(bytes, longestWait)) {
                throw overloaded();
            }
        }

        /** Waits up to {@code longest} for this much memory; returns false on timeout. */
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
         * Sets the size of the finished response and releases the rest; throws {@code OVERLOADED} if the response needs
         * more than was reserved and the memory is not available.
         */
        void takes(long bytes) {
            if (!reserve(bytes, Duration.ZERO)) {
                throw overloaded();
            }
            giveBackBeyond(bytes);
        }

        /** Sets the size of a response that reports a completed change; never refuses it. */
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
