// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder.InGuest;
import dev.bellhop.server.cluster.node.GuestWork;
import dev.bellhop.server.cluster.node.Holds;
import dev.bellhop.server.cluster.node.OrderFailures;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Effect;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The orders that a node carries out in its guests, each by its kind. An order for another session, or for a VM that the node does not hold by this epoch, is
 * answered {@code FENCED}: it may have lain about while this process stood still, or the VM is another's. Thread safe.
 */
final class GuestOrderTable implements GuestWork {
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    private final Holds holds;

    /** Small answers, and as many as may end while somebody asks again for the first of them. */
    private final OrdersUnderWay changes = new OrdersUnderWay(10_000);

    /** Of half a MiB each, at most. */
    private final OrdersUnderWay looks = new OrdersUnderWay(64);

    private final Map<String, Handler<?, ?>> handlers = new HashMap<>();

    /** Carries out one kind of order. */
    interface Work<Q, A> {
        /**
         * Does it.
         *
         * @param longest for as long as whoever asks waits for this answer
         */
        A carryOut(VmId vm, Q question, Duration longest);
    }

    private record Handler<Q extends Record, A extends Record>(QuestionKind<Q, A> order, Work<Q, A> work) {
        private Answer answer(InGuest asked, Duration longest) {
            Q question = WireCodec.decode(asked.question(), order.question());
            return Answer.of(work.carryOut(new VmId(asked.vm()), question, longest));
        }
    }

    /** @param holds by what right the node has its VMs */
    GuestOrderTable(Holds holds) {
        this.holds = holds;
    }

    /** Carries out all orders that these guests answer. */
    void putAll(LocalGuests guests) {
        guests.kinds().forEach(kind -> put(guests, kind));
    }

    private <Q extends Record, A extends Record> void put(LocalGuests guests, QuestionKind<Q, A> kind) {
        put(kind, (vm, question, longest) -> guests.answer(vm, kind, question));
    }

    <Q extends Record, A extends Record> void put(QuestionKind<Q, A> order, Work<Q, A> work) {
        if (handlers.put(order.name(), new Handler<>(order, work)) != null) {
            throw new IllegalArgumentException("two orders of the kind " + order.name());
        }
    }

    @Override
    public Set<String> kinds() {
        return Set.copyOf(handlers.keySet());
    }

    @Override
    public Answer carryOut(String kind, byte[] payload) {
        Handler<?, ?> handler = handlers.get(kind);
        if (handler == null) {
            throw new IllegalArgumentException("no kind of order that is known");
        }
        InGuest asked = WireCodec.decode(payload, InGuest.class);
        Duration longest = asked.longest().compareTo(MAX_WAIT) < 0 ? asked.longest() : MAX_WAIT;
        if (asked.session() != holds.session()
                || holds.epoch(new VmId(asked.vm()))
                        .filter(epoch -> epoch == asked.epoch())
                        .isEmpty()) {
            return Answer.FENCED;
        }
        Effect effect = handler.order().effect();
        if (effect == Effect.STEP) {
            return handler.answer(asked, longest);
        }
        return (effect == Effect.LOOK ? looks : changes)
                .once(asked.id(), longest, () -> OrderFailures.answer(kind, () -> begin(handler, asked, longest)));
    }

    /** A change may have lain about for longer than anybody waits for it, where this process stood still. */
    private Answer begin(Handler<?, ?> handler, InGuest asked, Duration longest) {
        return holds.isLeased() || handler.order().effect() != Effect.CHANGE
                ? handler.answer(asked, longest)
                : Answer.BUSY;
    }
}
