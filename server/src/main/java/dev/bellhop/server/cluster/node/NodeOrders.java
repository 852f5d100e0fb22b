// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.message.StartContent;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what API servers order. An order for another session is answered {@code FENCED}: it may have lain about while this
 * process stood still. Thread safe.
 */
public final class NodeOrders implements Bus.Handler {
    private final ExecutionEngine engine;
    private final Operations operations;
    private final Vms vms;
    private final NodeSession session;
    private final RemoteExecutionStore store;
    private final Map<String, Order> orders = new HashMap<>();

    /** One kind of order. */
    private interface Order {
        Answer carryOut(byte[] payload);
    }

    /** The same once it is decoded, and for this session. */
    private interface Work<T> {
        Answer carryOut(T order);
    }

    /** The session that an order is for. */
    private interface SessionOf<T> {
        long of(T order);
    }

    /** @param guests does what is asked of guests beside commands */
    public NodeOrders(
            ExecutionEngine engine,
            Operations operations,
            Vms vms,
            GuestWork guests,
            NodeSession session,
            RemoteExecutionStore store) {
        this.operations = operations;
        this.store = store;
        this.engine = engine;
        this.vms = vms;
        this.session = session;
        put(NodeOrder.START, NodeOrder.Start.class, NodeOrder.Start::session, this::start);
        put(NodeOrder.CANCEL, NodeOrder.Cancel.class, NodeOrder.Cancel::session, this::cancel);
        put(NodeOrder.SIGNAL, NodeOrder.Signal.class, NodeOrder.Signal::session, this::signal);
        put(NodeOrder.INPUT, NodeOrder.Input.class, NodeOrder.Input::session, this::input);
        put(NodeOrder.APPROVE, NodeOrder.Approve.class, NodeOrder.Approve::session, this::approve);
        put(NodeOrder.REJECT, NodeOrder.Reject.class, NodeOrder.Reject::session, this::reject);
        put(NodeOrder.PLACE, NodeOrder.Place.class, NodeOrder.Place::session, this::place);
        put(NodeOrder.WAKE, NodeOrder.Wake.class, NodeOrder.Wake::session, this::wake);
        put(NodeOrder.VMS, NodeOrder.OfVms.class, NodeOrder.OfVms::session, this::page);
        put(NodeOrder.HAVE, NodeOrder.OfVms.class, NodeOrder.OfVms::session, this::have);
        put(NodeOrder.POWER, NodeOrder.Power.class, NodeOrder.Power::session, this::power);
        ofVm(NodeOrder.FIND_VM, vm -> Answer.of(vms.find(vm)));
        ofVm(NodeOrder.STATE, vm -> Answer.of(vms.state(vm)));
        ofVm(NodeOrder.USAGE, vm -> Answer.of(vms.usage(vm)));
        ofVm(NodeOrder.CHECK, vm -> Answer.of(vms.check(vm)));
        ofVm(NodeOrder.REPORT, vm -> Answer.of(vms.report(vm)));
        ofVm(NodeOrder.FORGET, vm -> {
            vms.forget(vm);
            return Answer.DONE;
        });
        guests.kinds().forEach(kind -> orders.put(kind, payload -> guests.carryOut(kind, payload)));
    }

    private <T extends Record> void put(String kind, Class<T> type, SessionOf<T> sessionOf, Work<T> work) {
        orders.put(kind, payload -> {
            T order = WireCodec.decode(payload, type);
            return sessionOf.of(order) == session.session() ? work.carryOut(order) : Answer.FENCED;
        });
    }

    private void ofVm(String kind, Work<VmId> work) {
        put(kind, NodeOrder.OfVm.class, NodeOrder.OfVm::session, order -> work.carryOut(new VmId(order.vm())));
    }

    @Override
    public byte[] handle(String subject, byte[] payload) {
        return WireCodec.encode(answer(Subjects.kind(subject), payload));
    }

    private Answer answer(String kind, byte[] payload) {
        Order order = orders.get(kind);
        return order == null ? OrderFailures.unknown() : OrderFailures.answer(kind, () -> order.carryOut(payload));
    }

    private Answer start(NodeOrder.Start order) {
        Unfinished left = order.execution().unfinished();
        if (!session.epoch(left.execution().vm())
                .filter(epoch -> epoch == order.epoch())
                .isPresent()) {
            return Answer.FENCED;
        }
        Deadline start = Deadline.after(order.atOnce());
        StartHandle handle = ordered(order, left, start);
        if (left.terms().callerWaits()) {
            var _ = handle.awaitPid(start);
            return Answer.of(new NodeOrder.Started(false, next(left)));
        }
        ExecutionState state =
                handle.await(Duration.ZERO, () -> true, start).execution().state();
        return Answer.of(new NodeOrder.Started(state == ExecutionState.PENDING, next(left)));
    }

    private NodeOrder.@Nullable HowToAsk next(Unfinished left) {
        return engine.expectedIntent(left.execution().vm(), left.execution().id())
                .map(intent -> new NodeOrder.HowToAsk(intent.mode(), intent.spool(), intent.boot()))
                .orElse(null);
    }

    private StartHandle ordered(NodeOrder.Start order, Unfinished left, Deadline start) {
        ExecutionId id = left.execution().id();
        StartContent content = order.content();
        String server = order.server();
        store.ordered(id, left.execution().vm(), server == null || !Subjects.isToken(server) ? null : server);
        try {
            return engine.order(
                    left, content == null ? null : content.options(), Boolean.TRUE.equals(order.endAwaited()), start);
        } catch (RuntimeException | Error e) {
            store.forget(id);
            throw e;
        }
    }

    /** An API server has looked right before it gave the order. */
    private static void isChecked() {}

    private static ExecutionId id(UUID execution) {
        return new ExecutionId(execution);
    }

    private Answer cancel(NodeOrder.Cancel order) {
        if (order.stored() && !engine.isUnderWay(id(order.execution()))) {
            // It has ended, or is yet to be taken up, with the wish.
            session.wake();
            return Answer.of(new NodeOrder.Cancelled(true));
        }
        boolean stored = engine.cancel(id(order.execution()), order.grace(), Deadline.after(order.longest()));
        return Answer.of(new NodeOrder.Cancelled(stored || order.stored()));
    }

    private Answer signal(NodeOrder.Signal order) {
        engine.signal(id(order.execution()), order.signal(), NodeOrders::isChecked, Deadline.after(order.longest()));
        return Answer.DONE;
    }

    private Answer input(NodeOrder.Input order) {
        long next = engine.writeStdin(
                id(order.execution()),
                new StdinPiece(order.offset(), order.bytes(), order.isLast()),
                NodeOrders::isChecked,
                Deadline.after(order.longest()));
        return Answer.of(new NodeOrder.InputWritten(next));
    }

    private Answer approve(NodeOrder.Approve order) {
        engine.approved(id(order.execution()), order.given(), order.revision());
        return Answer.DONE;
    }

    private Answer reject(NodeOrder.Reject order) {
        engine.reject(id(order.execution()), Deadline.after(order.longest()));
        return Answer.DONE;
    }

    private Answer place(NodeOrder.Place order) {
        OptionalInt place = engine.queuePlace(id(order.execution()));
        return Answer.of(new NodeOrder.Placed(place.isPresent() ? place.getAsInt() : null));
    }

    private Answer wake(NodeOrder.Wake order) {
        Long vm = order.vm();
        List<VmId> woken = vm == null ? List.copyOf(vms.ids()) : List.of(new VmId(vm));
        woken.forEach(engine::vmReassigned);
        session.wake();
        return Answer.DONE;
    }

    private Answer page(NodeOrder.OfVms order) {
        return Answer.of(new NodeOrder.Overviews(
                vms.page(order.vms().stream().map(VmId::new).toList())));
    }

    private Answer have(NodeOrder.OfVms order) {
        List<VmId> gone = session.giveUp(order.vms().stream().map(VmId::new).toList());
        return Answer.of(new NodeOrder.NotHere(gone.stream().map(VmId::value).toList()));
    }

    private Answer power(NodeOrder.Power order) {
        Operation operation = order.operation().operation();
        return session.epoch(operation.vm()).isPresent()
                ? Answer.of(
                        new NodeOrder.PowerStarted(operations.order(operation).value()))
                : Answer.FENCED;
    }
}
