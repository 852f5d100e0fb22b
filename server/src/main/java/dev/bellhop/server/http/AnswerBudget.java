// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much memory answers may take at once, from before they are made until their clients have taken them in, which may never be.
 * Accounts share it fairly. An answer that is large to make waits a while for its memory first; what is small does not count.
 * Thread safe.
 */
public final class AnswerBudget {
    /** In bytes. About what a connection takes in any case. */
    public static final int SMALL = 16 * 1024;

    /** What one execution in a list takes at most, roughly, with its command cut short: as it is, and as JSON. */
    public static final long LISTED_COMMAND_BYTES = 64 * 1024;

    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private final FairLimit limit;
    private final Duration longestWait;

    AnswerBudget(long bytes) {
        this(bytes, MAX_WAIT);
    }

    AnswerBudget(long bytes, Duration longestWait) {
        this.limit = new FairLimit(bytes);
        this.longestWait = longestWait;
    }

    /** An eighth of the largest heap; 32 MiB at least. */
    static AnswerBudget ofHeap() {
        return new AnswerBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8));
    }

    /** For one answer, which counts once it is known whose it is. */
    Share newShare() {
        return new Share();
    }

    /** What one answer takes. Used by one thread at a time. */
    public final class Share implements AutoCloseable {
        private @Nullable String holder;
        private long mine;

        private Share() {}

        /** With whom its reader shares. What needs no key does not count. */
        void belongsTo(Key key) {
            holder = key.holder();
        }

        /**
         * Before so much memory is taken for the answer: waits a while until it may be.
         *
         * @throws BellhopException {@code OVERLOADED}
         */
        public void reserve(long bytes) {
            if (!reserve(bytes, longestWait)) {
                throw overloaded();
            }
        }

        /** As the other, for so long; false where it may not be by then. */
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
         * The answer is made and takes so much; what was reserved beyond that is given back.
         *
         * @throws BellhopException {@code OVERLOADED} where it is more than was reserved, and not there
         */
        void takes(long bytes) {
            if (!reserve(bytes, Duration.ZERO)) {
                throw overloaded();
            }
            giveBackBeyond(bytes);
        }

        /** As the other, of what tells that something was done: it is not held back. */
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
                    "Cannot answer now because answers that their clients have not taken in take up the memory for them; read"
                            + " those, and try again in a moment");
        }

        @Override
        public void close() {
            giveBackBeyond(0);
        }
    }
}
