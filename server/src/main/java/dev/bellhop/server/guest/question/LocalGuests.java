// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.question;

import dev.bellhop.server.vm.VmId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The guests of this process: a table with a handler for each kind of question. Thread safe once it has all of them. */
public final class LocalGuests implements Guests {
    private final Map<QuestionKind<?, ?>, Handler<?, ?>> handlers = new HashMap<>();

    /** Answers one kind of question. */
    public interface Handler<Q, A> {
        A answer(VmId vm, Q question);
    }

    /** Adds the handler of a kind, which has none yet. */
    public <Q extends Record, A extends Record> LocalGuests with(QuestionKind<Q, A> kind, Handler<Q, A> handler) {
        if (handlers.put(kind, handler) != null) {
            throw new IllegalArgumentException("two handlers for " + kind.name());
        }
        return this;
    }

    /** The kinds that have a handler. */
    public Set<QuestionKind<?, ?>> kinds() {
        return Set.copyOf(handlers.keySet());
    }

    @Override
    public <A extends Record> A ask(VmId vm, Question<A> question) {
        return answer(vm, question.kind(), (Record) question);
    }

    /** The same, for a question whose type the compiler does not know. */
    public <Q extends Record, A extends Record> A answer(VmId vm, QuestionKind<Q, A> kind, Record question) {
        // Added together with the kind, by the only method that adds.
        @SuppressWarnings("unchecked")
        Handler<Q, A> handler = (Handler<Q, A>) handlers.get(kind);
        if (handler == null) {
            throw new IllegalArgumentException("no handler for " + kind.name());
        }
        return handler.answer(vm, kind.question().cast(question));
    }
}
