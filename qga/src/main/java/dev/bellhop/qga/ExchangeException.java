// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** What an {@link AgentExchange} has instead of a reply. A {@link GuestAgent} makes an {@link AgentException} of it. */
public final class ExchangeException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The hypervisor is not there. Nothing was sent. */
        UNREACHABLE,
        /** The virtual machine does not run, or is paused. Nothing was sent. */
        NOT_RUNNING,
        /** The virtual machine has no channel for an agent. Nothing was sent. */
        NO_CHANNEL,
        /** Nothing in the guest has the channel open. Nothing was sent. */
        NO_AGENT,
        /** The hypervisor has given up on the agent, after an error, until the agent starts anew. Nothing was sent. */
        GIVEN_UP,
        /** The hypervisor was too busy with others until the deadline. Nothing was sent. */
        BUSY,
        /** The agent gave no sign of life before the request. Nothing was sent. */
        SILENT,
        /** The request went out, or may have, and there was no reply in time. */
        LATE,
        /** The agent replied with more than {@link AgentExchange#largestReply()}. What it said is lost. */
        TOO_LARGE,
        /** The connection ended, or something else went wrong, with the request perhaps sent. */
        DROPPED,
        /** The agent said no. {@link ExchangeException#agentsWords()} has its description. */
        REFUSED,
        /** The calling thread was interrupted, with the request perhaps sent; its interrupt status is set again. */
        INTERRUPTED
    }

    private final Kind kind;

    private final @Nullable String agentsWords;

    /** Something that is none of the agent's words. */
    public ExchangeException(Kind kind, @Nullable Throwable cause) {
        super(kind.name(), cause);
        this.kind = kind;
        this.agentsWords = null;
    }

    private ExchangeException(String agentsWords) {
        super(Kind.REFUSED.name());
        this.kind = Kind.REFUSED;
        this.agentsWords = agentsWords;
    }

    /** The agent said no. */
    public static ExchangeException refused(String agentsWords) {
        return new ExchangeException(agentsWords);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** What the agent said, where it said no. From the guest: not to be logged. */
    @Nullable
    public String agentsWords() {
        return agentsWords;
    }
}
