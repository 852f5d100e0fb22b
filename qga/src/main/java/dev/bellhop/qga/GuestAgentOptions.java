// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;

/**
 * How a {@link GuestAgent} behaves.
 *
 * @param idleTimeout how long a connection is kept after its last use. An agent serves one client at a time, so others wait
 *     that long; a new connection costs about two round trips
 * @param limits on what the guest sends
 * @param budget of memory for large replies, shared by all agents of a process
 */
public record GuestAgentOptions(Duration idleTimeout, ReplyLimits limits, ReplyBudget budget) {

    private static final GuestAgentOptions DEFAULTS =
            new GuestAgentOptions(Duration.ofSeconds(10), ReplyLimits.defaults(), ReplyBudget.shared());

    /** Ten seconds, {@link ReplyLimits#defaults()}, and the one {@link ReplyBudget#shared()} of this process. */
    public static GuestAgentOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Checks the time.
     *
     * @throws IllegalArgumentException when it is negative
     */
    public GuestAgentOptions {
        if (idleTimeout.isNegative()) {
            throw new IllegalArgumentException("Cannot use this idle timeout because it is negative");
        }
    }

    /** The same options with this idle timeout. */
    public GuestAgentOptions withIdleTimeout(Duration newIdleTimeout) {
        return new GuestAgentOptions(newIdleTimeout, limits, budget);
    }

    /** The same options with these limits. */
    public GuestAgentOptions withLimits(ReplyLimits newLimits) {
        return new GuestAgentOptions(idleTimeout, newLimits, budget);
    }

    /** The same options with this budget. */
    public GuestAgentOptions withBudget(ReplyBudget newBudget) {
        return new GuestAgentOptions(idleTimeout, limits, newBudget);
    }
}
