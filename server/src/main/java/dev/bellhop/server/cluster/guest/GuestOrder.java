// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;

/**
 * One kind of question about a guest, which its VM's node is asked.
 *
 * @param kind the end of its subject
 * @param cannot what its caller cannot have where it fails, such as "Cannot trim the file systems"
 * @param longest until its caller is answered; longer than the node takes by itself
 */
record GuestOrder<Q extends Record, A extends Record>(
        String kind, Class<Q> question, Class<A> answer, String cannot, Duration longest, Effect effect) {

    /** What it does, and so what becomes of one that arrives twice or whose answer is lost. */
    enum Effect {
        /** It is short, and harmless where it is done twice, as one of many. */
        STEP,
        /**
         * It changes nothing that anybody relies on, and may take long: it is done once for all messages that ask for it, unless its
         * answer is not kept for so long.
         */
        LOOK,
        /** As a look, but a second time would leave something behind: its answer, which is small, is kept for longer. */
        PIECE,
        /** It is done once. Where its answer is lost for good, it may have been done. */
        CHANGE
    }

    /** The answer of what has nothing to tell. */
    record Done() {}

    /** The question of what asks nothing but of which VM. */
    record Plain() {}

    static <Q extends Record, A extends Record> GuestOrder<Q, A> step(
            String kind, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new GuestOrder<>(kind, question, answer, cannot, longest, Effect.STEP);
    }

    static <Q extends Record, A extends Record> GuestOrder<Q, A> look(
            String kind, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new GuestOrder<>(kind, question, answer, cannot, longest, Effect.LOOK);
    }

    static <Q extends Record, A extends Record> GuestOrder<Q, A> piece(
            String kind, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new GuestOrder<>(kind, question, answer, cannot, longest, Effect.PIECE);
    }

    static <Q extends Record, A extends Record> GuestOrder<Q, A> change(
            String kind, Class<Q> question, Class<A> answer, String cannot, Duration longest) {
        return new GuestOrder<>(kind, question, answer, cannot, longest, Effect.CHANGE);
    }

    /** To stand before why it fails in a VM. */
    String cannotIn(VmId vm) {
        return cannot + " in VM " + vm + " because ";
    }
}
