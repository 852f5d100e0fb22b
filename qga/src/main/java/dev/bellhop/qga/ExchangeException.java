// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/** Why an {@link AgentExchange} has no reply. {@link GuestAgent} turns it into an {@link AgentException}. */
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
        /** The hypervisor has given up on the agent after an error, until the agent restarts. Nothing was sent. */
        GIVEN_UP,
        /** The hypervisor was too busy with others until the deadline. Nothing was sent. */
        BUSY,
        /** The agent gave no sign of life before the request. Nothing was sent. */
        SILENT,
        /** The request was sent, or may have been, and there was no reply in time. */
        LATE,
        /** The reply is larger than {@link AgentExchange#largestReply()}, and is lost. */
        TOO_LARGE,
        /** The connection ended, or something else went wrong; the request may have been sent. */
        DROPPED,
        /** The agent replied with an error. {@link ExchangeException#agentsWords()} describes it. */
        REFUSED,
        /** The calling thread was interrupted, and its interrupt status is set again; the request may have been sent. */
        INTERRUPTED
    }

    private final Kind kind;

    private final @Nullable String agentsWords;

    /** A failure without words of the agent. */
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

    /** The agent replied with an error. */
    public static ExchangeException refused(String agentsWords) {
        return new ExchangeException(agentsWords);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The agent's description of its error. It comes from the guest: do not log it. */
    @Nullable
    public String agentsWords() {
        return agentsWords;
    }
}
