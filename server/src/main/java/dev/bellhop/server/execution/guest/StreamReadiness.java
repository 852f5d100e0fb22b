// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.stream.GuestStream;
import dev.bellhop.server.stream.StreamException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether something may be started over a VM's stream. A guest that was paused is not sent what it would run when it goes on: it has to have
 * answered a moment ago. Nor is one whose file systems are frozen, as far as its agent knows, who is asked now and then: beside a start where
 * starts come often, since an agent in a VM may take a tenth of a second to notice that it is asked. Thread safe.
 */
final class StreamReadiness {
    /** As {@link GuestProcesses} trusts the agent. */
    private static final Duration TRUSTED_ALIVE = Duration.ofMillis(100);

    /** One that takes longer is not worth it: the agent starts the command. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    /** A start that comes right after a freeze by somebody else waits for the end of that in the guest, and so may one by the agent. */
    static final Duration TRUSTED_THAWED = Duration.ofSeconds(2);

    /** From then on the agent is asked again, beside the start that comes. */
    static final Duration ASKED_AGAIN = Duration.ofSeconds(1);

    /** Of a question beside a start: one that is given up costs the connection. */
    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration WRITE_DELAY = Duration.ofMillis(300);

    private final LongSupplier nanoTime;

    /** Guarded by this object, as what follows: how many freezes are under way, and how many there were. */
    private int freezing;

    private int freezes;
    /** The question that is under way beside the callers. */
    private @Nullable CompletableFuture<Void> asking;

    private long thawed;

    /** After a freeze by this process, until the agent says that it is over; also if the agent reports a freeze by another program. */
    private boolean isBelievedFrozen;

    /** When the agent last failed to say whether they are frozen: for a moment, no start waits for it again. */
    private long unanswered;

    StreamReadiness() {
        this(System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    StreamReadiness(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.thawed = longAgo();
        this.unanswered = longAgo();
    }

    boolean isReady(GuestStream stream, GuestAgent agent, Deadline deadline) {
        return isAwake(stream, deadline) && isThawed(agent, deadline);
    }

    private static boolean isAwake(GuestStream stream, Deadline deadline) {
        try {
            return stream.heardAgo().compareTo(TRUSTED_ALIVE) <= 0
                    || stream.answers(
                            deadline.remaining().compareTo(ANSWER_TIMEOUT) < 0
                                    ? deadline
                                    : Deadline.after(ANSWER_TIMEOUT));
        } catch (StreamException e) {
            return false;
        }
    }

    private boolean isThawed(GuestAgent agent, Deadline deadline) {
        synchronized (this) {
            if (freezing > 0 || nanoTime.getAsLong() - unanswered <= TRUSTED_THAWED.toNanos()) {
                return false;
            }
            long ago = nanoTime.getAsLong() - thawed;
            if (ago <= TRUSTED_THAWED.toNanos()) {
                if (ago > ASKED_AGAIN.toNanos() && asking == null) {
                    CompletableFuture<Void> _ = askBeside(agent);
                }
                return true;
            }
        }
        return ask(agent, deadline);
    }

    private synchronized CompletableFuture<Void> askBeside(GuestAgent agent) {
        CompletableFuture<Void> question = new CompletableFuture<>();
        asking = question;
        Thread.ofVirtual().name("bellhop-thawed").start(() -> {
            try {
                boolean _ = ask(agent, Deadline.after(AGENT_TIMEOUT));
            } finally {
                synchronized (this) {
                    asking = null;
                }
                question.complete(null);
            }
        });
        return question;
    }

    /**
     * Whether a write has to wait because file systems are frozen, as far as is known. Asks the agent beside the writes. The first one after a
     * pause waits for the answer for a moment, so an agent that does not answer delays few of them.
     */
    boolean isFrozen(GuestAgent agent) {
        CompletableFuture<Void> question = null;
        synchronized (this) {
            long ago = nanoTime.getAsLong() - thawed;
            if (freezing == 0 && asking == null && (isBelievedFrozen || ago > ASKED_AGAIN.toNanos())) {
                CompletableFuture<Void> begun = askBeside(agent);
                question = ago > TRUSTED_THAWED.toNanos() ? begun : null;
            }
        }
        if (question != null) {
            question.copy()
                    .completeOnTimeout(null, WRITE_DELAY.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        }
        synchronized (this) {
            return freezing > 0 || isBelievedFrozen;
        }
    }

    /** False, too, where the agent is away or may not say: then it is asked to start the command, and says what it says. */
    private boolean ask(GuestAgent agent, Deadline deadline) {
        int freezesBefore;
        synchronized (this) {
            if (freezing > 0) {
                return false;
            }
            freezesBefore = freezes;
        }
        long asked = nanoTime.getAsLong();
        boolean isThawed;
        try {
            isThawed = !agent.isFrozen(deadline);
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            unanswered(freezesBefore, false);
            return false;
        } catch (AgentException e) {
            unanswered(freezesBefore, true);
            return false;
        }
        synchronized (this) {
            if (freezes != freezesBefore) {
                return false; // It was asked before that.
            }
            thawed = isThawed ? asked : longAgo();
            unanswered = longAgo();
            isBelievedFrozen = !isThawed;
            return isThawed;
        }
    }

    /** @param isSilent whether it may still answer later; an agent that never reports must not stop all writes */
    private synchronized void unanswered(int freezesBefore, boolean isSilent) {
        if (freezes == freezesBefore) {
            unanswered = nanoTime.getAsLong();
            isBelievedFrozen &= isSilent;
        }
    }

    private long longAgo() {
        return nanoTime.getAsLong() - TRUSTED_THAWED.toNanos() - 1;
    }

    /**
     * File systems are about to be frozen by this process: nothing is started over the stream meanwhile, and afterwards the agent is asked
     * first.
     *
     * @return to be run once it is known whether they are frozen
     */
    synchronized Runnable freezing() {
        freezing++;
        freezes++;
        isBelievedFrozen = true;
        unanswered = longAgo();
        return this::frozen;
    }

    private synchronized void frozen() {
        freezing--;
        thawed = longAgo();
    }
}
