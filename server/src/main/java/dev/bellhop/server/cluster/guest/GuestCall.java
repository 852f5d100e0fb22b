// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.api.Holder;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.NodeCalls.UndeliveredException;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Effect;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One question on its way to a node, from its first message to its answer. Where an answer is lost, or says that the work goes on, the
 * same order is sent again, to the same process: it does no order twice. For one thread.
 */
final class GuestCall {
    /** Until a node says at least that it is at it. */
    static final Duration TURN = Duration.ofSeconds(10);

    /** What a message and its answer may take beside the work. */
    private static final Duration WAY = Duration.ofSeconds(2);

    /** For so long it is asked again where nobody answers: a connection to NATS is made anew meanwhile. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Duration PAUSE = Duration.ofMillis(200);

    /** A node that was restarted is known anew a moment later. */
    private static final int MAX_FENCED = 3;

    private final NodeCalls calls;
    private final Nodes nodes;
    private final VmId vm;
    private final QuestionKind<?, ?> order;
    private final byte[] question;
    private final Deadline deadline;
    private final UUID id = UUID.randomUUID();

    /** Who may have heard of it, where it is a change. */
    private @Nullable Holder asked;

    private int fenced;

    /** Absent while it goes well. */
    private @Nullable Deadline patience;

    GuestCall(NodeCalls calls, Nodes nodes, VmId vm, QuestionKind<?, ?> order, byte[] question, Duration longest) {
        this.calls = calls;
        this.nodes = nodes;
        this.vm = vm;
        this.order = order;
        this.question = question;
        this.deadline = Deadline.after(longest);
    }

    /** Whether the node has done it, or refuses to. Throws {@code AGENT_UNAVAILABLE} or {@code START_UNCONFIRMED}. */
    Answer answer() {
        while (true) {
            Holder holder = holder();
            Answer answer;
            try {
                Duration turn = shorter(TURN, deadline.remaining());
                answer = calls.giveTo(holder, order.name(), message(holder, turn), turn.plus(WAY));
            } catch (UndeliveredException e) {
                if (!e.isCertainlyUndone()) {
                    mayBeAt(holder);
                }
                waitOrFail(e);
                continue;
            }
            switch (answer.status()) {
                case FENCED -> refresh(holder);
                case BUSY -> waitOrFail("its node " + holder.node() + " has too much to do");
                case OK, REFUSED -> {
                    if (!answer.goesOn()) {
                        return answer;
                    }
                    mayBeAt(holder);
                    patience = null;
                    if (deadline.hasPassed()) {
                        throw failure("it takes too long");
                    }
                }
            }
        }
    }

    private Holder holder() {
        Holder before = asked;
        return before != null ? before : nodes.holderOf(vm).orElseThrow(() -> failure("no node has it now"));
    }

    private NodeOrder.InGuest message(Holder holder, Duration turn) {
        return new NodeOrder.InGuest(holder.session(), holder.epoch(), vm.value(), id, turn, question);
    }

    /** A change is nobody else's from now on. */
    private void mayBeAt(Holder holder) {
        if (order.effect() == Effect.CHANGE && asked == null) {
            asked = holder;
        }
    }

    private void refresh(Holder holder) {
        fenced++;
        if (asked != null || fenced == MAX_FENCED) {
            throw failure("its node " + holder.node() + " does not hold it any more, or was restarted");
        }
        nodes.refresh();
    }

    /** What certainly was not done fails at once, if nobody reads on for it. */
    private void waitOrFail(UndeliveredException e) {
        boolean isAway = nodes.holderOf(vm)
                .filter(holder -> nodes.isReachable(holder.node()))
                .isEmpty();
        if (asked == null && (isAway || order.effect() == Effect.CHANGE)) {
            throw failure(e.why());
        }
        waitOrFail(e.why());
    }

    private void waitOrFail(String why) {
        Deadline end = patience == null ? Deadline.after(PATIENCE) : patience;
        patience = end;
        if (end.hasPassed() || deadline.hasPassed()) {
            throw failure(why);
        }
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("this server is shutting down");
        }
    }

    private BellhopException failure(String why) {
        return asked == null
                ? new BellhopException(ErrorCode.AGENT_UNAVAILABLE, order.cannotIn(vm) + why)
                : new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether this was done in VM " + vm + " because " + why);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
