// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.ReplyLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the bytes of one reply at a time within the limits and the budget. Belongs to one connection and, during a call, to
 * its thread.
 */
final class BoundedInput {

    /** Smaller replies do not use the budget. */
    static final int FREE_BYTES = 256 * 1024;

    private static final int FIRST_CHUNK = 4 * 1024;
    private static final int MAX_CHUNK = 1024 * 1024;

    private static final byte[] NOTHING = {};

    private final ReplyLimits limits;
    private final ReplyBudget budget;
    private final Collector collector = new Collector();

    /** How long a reply whose result its caller has room for in mind may wait for that room. */
    private static final Duration SHARE_TIMEOUT = Duration.ofMinutes(5);

    private Deadline deadline = new Deadline(0);
    private ReplyBudget.@Nullable Share share;
    private boolean shareIsCallers;
    private Predicate<Deadline> postpone = later -> true;
    private long taken;

    BoundedInput(ReplyLimits limits, ReplyBudget budget) {
        this.limits = limits;
        this.budget = budget;
    }

    ReplyLimits limits() {
        return limits;
    }

    /** Begins a call whose result no longer counts when the call has ended. */
    void begin(Deadline callDeadline) {
        deadline = callDeadline;
        shareIsCallers = false;
    }

    /**
     * Begins a call whose result counts until its caller closes the share. Such a result is one that the agent gives
     * once, so the time that it waits for room is not taken from the agent's.
     *
     * @param postponeDeadline moves the deadline at which the call is cut off; false where that has happened already
     */
    void begin(Deadline callDeadline, ReplyBudget.Share callersShare, Predicate<Deadline> postponeDeadline) {
        deadline = callDeadline;
        share = callersShare;
        shareIsCallers = true;
        postpone = postponeDeadline;
    }

    /** Ends a call. Its result belongs to the caller now, and counts on only in a share of the caller's. */
    void end(boolean succeeded) {
        taken = 0;
        if (share != null && !(shareIsCallers && succeeded)) {
            share.giveBack();
        }
        share = null;
    }

    /**
     * The bytes of a base64 text, decoded as they come in: neither the text nor what goes beyond the limit is ever held.
     *
     * @throws JacksonException when it is not base64; or with a {@link BudgetException} for its cause
     */
    byte[] base64(JsonParser json, String what, int longest) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw new UnexpectedResultException(what + " is not a text");
        }
        collector.start(longest);
        json.readBinaryValue(Base64Variants.MIME_NO_LINEFEEDS, collector);
        if (collector.overflowed) {
            throw new UnexpectedResultException(what + " decodes to more than " + longest + " bytes");
        }
        return collector.takeAll();
    }

    /** Counts bytes that are about to be held, and waits for room when the reply is a large one. */
    private void hold(int more) throws BudgetException {
        taken += more;
        if (taken <= FREE_BYTES && !shareIsCallers) {
            return;
        }
        if (share == null) {
            share = budget.newShare();
        }
        try {
            if (!(shareIsCallers ? growPatiently(share, more) : share.grow(more, deadline))) {
                throw new BudgetException(false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BudgetException(true);
        }
    }

    private boolean growPatiently(ReplyBudget.Share callersShare, int more) throws InterruptedException {
        Deadline timeout = Deadline.after(SHARE_TIMEOUT);
        long from = System.nanoTime();
        if (!postpone.test(timeout) || !callersShare.grow(more, timeout)) {
            return false;
        }
        deadline = new Deadline(deadline.nanoTime() + System.nanoTime() - from);
        return postpone.test(deadline);
    }

    /** There was no room for a reply before the deadline, or the wait for it was interrupted. */
    static final class BudgetException extends IOException {

        private static final long serialVersionUID = 1L;

        final boolean interrupted;

        BudgetException(boolean interrupted) {
            super("no room in the reply budget");
            this.interrupted = interrupted;
        }
    }

    /** Decoded bytes in chunks that grow, so that a short text costs little and a long one is not copied at each step. */
    private final class Collector extends OutputStream {

        private final List<byte[]> full = new ArrayList<>();
        private byte[] chunk = NOTHING;
        private int used;
        private int total;
        private int most;
        private boolean overflowed;

        void start(int longest) {
            full.clear();
            chunk = NOTHING;
            used = 0;
            total = 0;
            most = longest;
            overflowed = false;
        }

        byte[] takeAll() {
            byte[] all = new byte[total];
            int at = 0;
            for (byte[] part : full) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            System.arraycopy(chunk, 0, all, at, used);
            full.clear();
            chunk = NOTHING;
            return all;
        }

        @Override
        public void write(int b) throws BudgetException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws BudgetException {
            if (overflowed || length > most - total) {
                overflowed = true;
                full.clear();
                return;
            }
            total += length;
            int from = start;
            int left = length;
            while (left > 0) {
                if (used == chunk.length) {
                    next();
                }
                int part = Math.min(left, chunk.length - used);
                System.arraycopy(bytes, from, chunk, used, part);
                used += part;
                from += part;
                left -= part;
            }
        }

        private void next() throws BudgetException {
            int size = Math.min(Math.max(chunk.length * 2, FIRST_CHUNK), MAX_CHUNK);
            if (size > FIRST_CHUNK) {
                // Twice: for the chunk, and for its part of the array that is made of all of them in the end.
                hold(2 * size);
            }
            full.add(chunk);
            chunk = new byte[size];
            used = 0;
        }
    }
}
