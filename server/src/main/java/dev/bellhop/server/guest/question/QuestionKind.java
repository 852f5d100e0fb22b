// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.question;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;

/**
 * One kind of question to guests.
 *
 * @param name the end of its subject on the bus
 * @param cannot begins the error if it fails, such as "Cannot trim the file systems"
 * @param longest the timeout of its caller, longer than the node needs
 */
public record QuestionKind<Q extends Record, A extends Record>(
        String name, Class<Q> question, Class<A> answer, String cannot, Duration longest, Effect effect) {

    /** Decides what happens to a message that arrives twice, or whose answer is lost. */
    public enum Effect {
        /** It is short, and harmless if it is done twice. */
        STEP,
        /** It changes nothing that matters and can take long: it is done once for all its messages, while its answer is kept. */
        LOOK,
        /** Like a look, but a second time would leave something behind: its answer is small and kept for longer. */
        PIECE,
        /** It is done once. If its answer is lost for good, it may have been done. */
        CHANGE
    }

    /** An answer without content. */
    public record Done() {}

    /** A question without content. */
    public record Plain() {}

    public static <Q extends Record, A extends Record> QuestionKind<Q, A> step(
            String name, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new QuestionKind<>(name, question, answer, cannot, longest, Effect.STEP);
    }

    public static <Q extends Record, A extends Record> QuestionKind<Q, A> look(
            String name, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new QuestionKind<>(name, question, answer, cannot, longest, Effect.LOOK);
    }

    public static <Q extends Record, A extends Record> QuestionKind<Q, A> piece(
            String name, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new QuestionKind<>(name, question, answer, cannot, longest, Effect.PIECE);
    }

    public static <Q extends Record, A extends Record> QuestionKind<Q, A> change(
            String name, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new QuestionKind<>(name, question, answer, cannot, longest, Effect.CHANGE);
    }

    /** Returns the beginning of an error, to be followed by the reason. */
    public String cannotIn(VmId vm) {
        return cannot + " in VM " + vm + " because ";
    }
}
