// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.BusException;
import dev.bellhop.server.cluster.MessageTimers;
import dev.bellhop.server.cluster.NobodyListensException;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives orders to the nodes that hold VMs. Thread safe. */
public final class NodeCalls {
    /** What a node takes beyond the time that its caller has, to say what was late. */
    static final Duration MOMENT = Duration.ofSeconds(2);

    /** A node that was restarted has another session. */
    private static final int TRIES = 3;

    private static final String ANSWERED = "answered";

    /** No node has heard of it. */
    private static final String UNDELIVERED = "undelivered";

    /** Nobody knows whether one has. */
    private static final String UNANSWERED = "unanswered";

    private final Bus bus;
    private final Nodes nodes;
    private final MessageTimers timers;

    /**
     * Gives orders over a bus.
     *
     * @param metrics where it counts what becomes of them
     */
    public NodeCalls(Bus bus, Nodes nodes, MeterRegistry metrics) {
        this.bus = bus;
        this.nodes = nodes;
        this.timers = new MessageTimers(
                metrics, "bellhop.cluster.orders", "Orders to nodes, and the time until their answer was there");
    }

    /** An order came to nothing, or may have. */
    public static final class UndeliveredException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean undone;

        private UndeliveredException(String why, boolean undone) {
            super(why);
            this.undone = undone;
        }

        /** Whether no node has heard of it, for certain. */
        public boolean isCertainlyUndone() {
            return undone;
        }

        /** Why, for a person, to stand after "because". */
        public String why() {
            return String.valueOf(getMessage());
        }
    }

    /** Why a node starts nothing new, for a person, to stand after "because". */
    static String drained(NodeId node) {
        return "its node " + node + " is drained and takes no new commands";
    }

    /**
     * As {@link #give}, of an order to start something: a node that is drained does not get it.
     *
     * @throws BellhopException what the node refuses it with
     */
    Answer giveStart(VmId vm, String kind, Function<Holder, Record> order, Duration longest)
            throws UndeliveredException {
        Optional<NodeId> drained = nodes.holderOf(vm).map(Holder::node).filter(nodes::isDrained);
        if (drained.isPresent()) {
            throw new UndeliveredException(drained(drained.get()), true);
        }
        return give(vm, kind, order, longest);
    }

    /**
     * Gives an order and waits for its answer.
     *
     * @param order made for the session of the node that holds the VM
     * @throws BellhopException what the node refuses it with
     */
    Answer give(VmId vm, String kind, Function<Holder, Record> order, Duration longest) throws UndeliveredException {
        long begun = System.nanoTime();
        for (int tries = 1; ; tries++) {
            Optional<Holder> found = nodes.holderOf(vm);
            if (found.isEmpty()) {
                throw new UndeliveredException("no node has it now", true);
            }
            Holder holder = found.get();
            if (!nodes.isReachable(holder.node())) {
                throw unreachable(holder);
            }
            Duration left = longest.minusNanos(System.nanoTime() - begun);
            Answer answer = send(holder, kind, order.apply(holder), left);
            if (answer.status() != Answer.Status.FENCED) {
                return answer;
            }
            if (tries == TRIES) {
                throw new UndeliveredException("its node " + holder.node() + " does not hold it any more", true);
            }
            nodes.refresh();
        }
    }

    /** As {@link #give}, to this node in this session alone: one that is another by now answers {@code FENCED}. */
    public Answer giveTo(Holder holder, String kind, Record order, Duration longest) throws UndeliveredException {
        if (!nodes.isReachable(holder.node())) {
            throw unreachable(holder);
        }
        return send(holder, kind, order, longest);
    }

    private static UndeliveredException unreachable(Holder holder) {
        return new UndeliveredException("its node " + holder.node() + " cannot be reached", true);
    }

    /** {@code FENCED} comes from the process that has or had this session, or from here where no process has it any more. */
    private Answer send(Holder holder, String kind, Record order, Duration longest) throws UndeliveredException {
        if (!longest.isPositive()) {
            throw new UndeliveredException("the time is over", true);
        }
        long begun = System.nanoTime();
        String outcome = UNANSWERED;
        try {
            String subject = Subjects.order(holder.node(), holder.session(), kind);
            byte[] answer =
                    bus.request(subject, WireCodec.encode(order), longest).get(longest.toNanos(), TimeUnit.NANOSECONDS);
            outcome = ANSWERED;
            return WireCodec.decode(answer, Answer.class);
        } catch (ExecutionException e) {
            boolean undone = isCertainlyUndone(e.getCause());
            outcome = undone ? UNDELIVERED : UNANSWERED;
            if (e.getCause() instanceof NobodyListensException && isOver(holder, begun)) {
                return Answer.FENCED;
            }
            throw new UndeliveredException(
                    "its node " + holder.node() + (undone ? " cannot be reached" : " does not answer"), undone);
        } catch (TimeoutException e) {
            throw new UndeliveredException("its node " + holder.node() + " does not answer", false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UndeliveredException("this server is shutting down", false);
        } finally {
            timers.ended(kind, outcome, begun);
        }
    }

    /** Whether its node has had another session since. */
    private boolean isOver(Holder holder, long since) {
        if (isCurrent(holder)) {
            nodes.knowSince(since);
        }
        return !isCurrent(holder);
    }

    private boolean isCurrent(Holder holder) {
        return nodes.session(holder.node())
                .filter(session -> session != holder.session())
                .isEmpty();
    }

    private static boolean isCertainlyUndone(@Nullable Throwable failure) {
        return failure instanceof BusException trouble && trouble.isCertainlyUndone();
    }

    /**
     * As {@link #give}, of what is no loss where it is not done.
     *
     * @param cannot what its caller cannot have, "Cannot signal the command"
     * @throws BellhopException what the node refuses it with; {@code AGENT_UNAVAILABLE} where nothing was done, {@code
     *     START_UNCONFIRMED} where it may have been
     */
    <T extends Record> T ask(
            VmId vm, String kind, Function<Holder, Record> order, Class<T> type, Duration longest, String cannot) {
        try {
            return give(vm, kind, order, longest).open(type);
        } catch (UndeliveredException | FencedException e) {
            throw failure(vm, e, cannot);
        }
    }

    /** As {@link #ask}, of an order with nothing to tell. */
    void tell(VmId vm, String kind, Function<Holder, Record> order, Duration longest, String cannot) {
        try {
            give(vm, kind, order, longest).requireDone();
        } catch (UndeliveredException | FencedException e) {
            throw failure(vm, e, cannot);
        }
    }

    private static RuntimeException failure(VmId vm, Exception e, String cannot) {
        if (!(e instanceof UndeliveredException undelivered)) {
            return new IllegalStateException("a fenced order was given again", e);
        }
        return undelivered.isCertainlyUndone()
                ? new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE, cannot + " in VM " + vm + " because " + undelivered.why(), e)
                : new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether this was done in VM " + vm + " because " + undelivered.why(),
                        e);
    }

    /** Tells a node something that it need not hear. */
    void hint(VmId vm, String kind, Record hint) {
        nodes.holderOf(vm).ifPresent(holder -> bus.publish(Subjects.hint(holder.node(), kind), WireCodec.encode(hint)));
    }

    /** Has the VM's node look at once for what it does not know of, and whether what waits there may still start. */
    void wake(VmId vm) {
        nodes.holderOf(vm)
                .ifPresent(holder -> wake(
                        holder.node(),
                        holder.session(),
                        NodeOrder.WAKE,
                        new NodeOrder.Wake(holder.session(), vm.value())));
    }

    /** Has nodes look at something at once. Nobody waits for it: they look by themselves now and then. */
    public void wake(NodeId node, long session, String kind, Record order) {
        long begun = System.nanoTime();
        var _ = bus.request(Subjects.order(node, session, kind), WireCodec.encode(order), Duration.ofSeconds(5))
                .handle((answer, failure) -> {
                    boolean undone = isCertainlyUndone(failure);
                    timers.ended(kind, failure == null ? ANSWERED : undone ? UNDELIVERED : UNANSWERED, begun);
                    return failure == null;
                });
    }
}
