// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.MessageTooLargeException;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.cluster.api.Holder;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/**
 * Asks the nodes that hold VMs about their guests. Each method throws a {@link BellhopException}: what the node refuses it with; {@code
 * NOT_FOUND} where there is no such VM; {@code AGENT_UNAVAILABLE} where nothing was done, as its node cannot be reached; {@code
 * START_UNCONFIRMED} where it may have been; {@code NOT_IMPLEMENTED} where the node runs an older version. Thread safe.
 */
public final class GuestCalls {
    /** Callers are an API server's matter: a node has nothing to say of them. */
    private static final Set<ErrorCode> NOT_FOR_NODES = Set.of(ErrorCode.UNAUTHORIZED, ErrorCode.FORBIDDEN);

    private final NodeCalls calls;
    private final Nodes nodes;

    public GuestCalls(NodeCalls calls, Nodes nodes) {
        this.calls = calls;
        this.nodes = nodes;
    }

    /** Asks, and returns the answer. */
    <Q extends Record, A extends Record> A ask(VmId vm, QuestionKind<Q, A> order, Q question) {
        return ask(vm, order, question, order.longest(), answer -> answer);
    }

    /** As {@link #ask}, of what goes on for long: a node that is drained does not get it. */
    <Q extends Record, A extends Record> A begin(VmId vm, QuestionKind<Q, A> order, Q question) {
        nodes.holderOf(vm).map(Holder::node).filter(nodes::isDrained).ifPresent(node -> {
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE, order.cannotIn(vm) + "its node " + node + " is drained");
        });
        return ask(vm, order, question);
    }

    /** As {@link #ask}, of a question with nothing to tell. */
    <Q extends Record> void tell(VmId vm, QuestionKind<Q, QuestionKind.Done> order, Q question) {
        ask(vm, order, question);
    }

    /**
     * As {@link #ask}.
     *
     * @param reading makes of the answer what it means, or throws {@link WireFormatException}: what a node says is not believed unseen
     */
    <Q extends Record, A extends Record, T> T ask(
            VmId vm, QuestionKind<Q, A> order, Q question, Function<A, T> reading) {
        return ask(vm, order, question, order.longest(), reading);
    }

    /**
     * As {@link #ask}.
     *
     * @param longest until the answer
     */
    <Q extends Record, A extends Record, T> T ask(
            VmId vm, QuestionKind<Q, A> order, Q question, Duration longest, Function<A, T> reading) {
        if (!nodes.exists(vm)) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + vm);
        }
        try {
            byte[] asked = WireCodec.encode(question);
            Answer answer = new GuestCall(calls, nodes, vm, order, asked, longest).answer();
            return reading.apply(answer.open(order.answer()));
        } catch (MessageTooLargeException e) {
            throw new BellhopException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    order.cannotIn(vm) + "it is more than the " + WireCodec.MAX_BYTES
                            + " bytes that are sent to a node at once",
                    e);
        } catch (WireFormatException e) {
            throw new BellhopException(
                    ErrorCode.INTERNAL_ERROR, order.cannotIn(vm) + "the answer of its node cannot be understood", e);
        } catch (FencedException e) {
            throw new IllegalStateException("a fenced order was given again", e);
        } catch (BellhopException e) {
            throw ofNode(vm, order, e);
        }
    }

    /** The node does not know what is asked of it. */
    static BellhopException ofOlderNode(VmId vm, QuestionKind<?, ?> order) {
        return new BellhopException(
                ErrorCode.NOT_IMPLEMENTED,
                order.cannotIn(vm) + "its node runs an older version that does not know it; upgrade the node");
    }

    private static BellhopException ofNode(VmId vm, QuestionKind<?, ?> order, BellhopException e) {
        if (e.code() == ErrorCode.NOT_IMPLEMENTED) {
            return ofOlderNode(vm, order);
        }
        return NOT_FOR_NODES.contains(e.code())
                ? new BellhopException(
                        ErrorCode.INTERNAL_ERROR, order.cannotIn(vm) + "the answer of its node makes no sense", e)
                : e;
    }
}
