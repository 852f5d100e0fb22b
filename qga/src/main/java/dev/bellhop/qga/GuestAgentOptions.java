// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How a {@link GuestAgent} behaves.
 *
 * @param idleTimeout how long a connection is kept after its last use. An agent serves one client at a time, so others wait
 *     that long; a new connection costs about two round trips
 * @param limits on what the guest sends
 * @param budget of memory for large replies, shared by all agents of a process
 * @param whenSent told the name of each request just before it is sent, such as {@code guest-exec}, greetings included; on
 *     the thread of the call, and it must not fail
 */
public record GuestAgentOptions(
        Duration idleTimeout, ReplyLimits limits, ReplyBudget budget, Consumer<String> whenSent) {

    private static final GuestAgentOptions DEFAULTS =
            new GuestAgentOptions(Duration.ofSeconds(10), ReplyLimits.defaults(), ReplyBudget.shared(), name -> {});

    /** Ten seconds, {@link ReplyLimits#defaults()}, the one {@link ReplyBudget#shared()} of this process, and no listener. */
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
        return new GuestAgentOptions(newIdleTimeout, limits, budget, whenSent);
    }

    /** The same options with these limits. */
    public GuestAgentOptions withLimits(ReplyLimits newLimits) {
        return new GuestAgentOptions(idleTimeout, newLimits, budget, whenSent);
    }

    /** The same options with this budget. */
    public GuestAgentOptions withBudget(ReplyBudget newBudget) {
        return new GuestAgentOptions(idleTimeout, limits, newBudget, whenSent);
    }

    /** The same options with this listener. */
    public GuestAgentOptions withWhenSent(Consumer<String> newWhenSent) {
        return new GuestAgentOptions(idleTimeout, limits, budget, newWhenSent);
    }
}
