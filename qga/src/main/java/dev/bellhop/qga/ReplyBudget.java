// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * How much memory large replies may take at once, over all agents that share this budget. Thread safe.
 *
 * <p>A reply counts from 256 KiB on, with what its decoded bytes take while it is being read. When there is no room its
 * reading stops, which holds the agent back through the socket, until another reply has been handed over or its own
 * deadline passes. They take turns in the order they came. One reply at a time may go beyond the budget, so that replies
 * that wait for each other still get done: the most ever held is the budget and one reply.
 */
public final class ReplyBudget {

    private static final ReplyBudget SHARED =
            new ReplyBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 4));

    private final long bytes;

    /**
     * A budget of this many bytes.
     *
     * @throws IllegalArgumentException when it is negative
     */
    public ReplyBudget(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("Cannot make a reply budget because it is negative");
        }
        this.bytes = bytes;
    }

    /** The budget that agents share unless they are told otherwise: a quarter of the largest heap, 32 MiB at least. */
    public static ReplyBudget shared() {
        return SHARED;
    }

    /** The bytes that all replies together may take. */
    public long bytes() {
        return bytes;
    }
}
