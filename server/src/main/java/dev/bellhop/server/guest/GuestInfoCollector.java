// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.guest.MissingFact.Why;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks one guest one thing after the other. A refusal is recorded and the next question asked; after a timeout no more
 * are.
 */
final class GuestInfoCollector {
    private final Function<AgentException, String> words;
    private final Deadline deadline;
    private final Map<Fact, MissingFact> notTold = new EnumMap<>(Fact.class);
    private @Nullable MissingFact silence;

    /** @param words explains to a person why a question failed */
    GuestInfoCollector(Function<AgentException, String> words, Deadline deadline) {
        this.words = words;
        this.deadline = deadline;
    }

    @FunctionalInterface
    interface Question<T> {
        T ask(Deadline deadline) throws AgentException;
    }

    <T> @Nullable T ask(Fact fact, Question<T> question) {
        if (silence != null) {
            notTold.put(fact, silence);
            return null;
        }
        try {
            return question.ask(deadline);
        } catch (AgentException e) {
            MissingFact answer = new MissingFact(why(e), words.apply(e));
            if (e instanceof AgentTimeoutException || e instanceof NotConnectedException) {
                silence = answer;
            }
            notTold.put(fact, answer);
            return null;
        }
    }

    Map<Fact, MissingFact> notTold() {
        return notTold;
    }

    private static Why why(AgentException e) {
        return switch (e) {
            case RpcMissingException missing -> Why.MISSING;
            case RpcDisabledException disabled -> Why.BLOCKED;
            default -> Why.FAILED;
        };
    }
}
