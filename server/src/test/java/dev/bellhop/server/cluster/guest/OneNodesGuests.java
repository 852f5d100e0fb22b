// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.api.OneNode;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.node.GuestWork;
import dev.bellhop.server.cluster.node.Holds;
import dev.bellhop.server.cluster.node.OrderFailures;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.forward.guest.LocalTcpConnections;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.server.terminal.guest.LocalPtys;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An API server's seams, by orders to one node in the same process whose own seams are fakes. */
final class OneNodesGuests implements Holds {
    static final VmId VM = OneNode.VM;

    final FakeNetwork network = new FakeNetwork();

    /** What the node's seams were asked, in its order. */
    final List<Asked> asked = new CopyOnWriteArrayList<>();

    private final OneNode store = new OneNode();
    private final Nodes nodes;
    final GuestCalls calls;
    final Guests guests;
    final GuestFiles files;
    final OpenPtys ptys;
    final OpenTcpConnections connections;
    final GuestWork orders;

    /** What the node's seams answer. */
    volatile Function<Asked, @Nullable Object> work = call -> null;

    volatile long session = 11;
    volatile long epoch = 5;
    volatile boolean leased = true;

    record Asked(String method, List<@Nullable Object> args) {}

    OneNodesGuests() {
        nodes = new Nodes(store);
        nodes.refresh();
        calls = new GuestCalls(new NodeCalls(network.ofApiServer(), nodes, new SimpleMeterRegistry()), nodes);
        guests = new RemoteGuests(calls);
        files = new RemoteGuestFiles(calls);
        ptys = new OpenPtys(fake(LocalPtys.class));
        connections = new OpenTcpConnections(fake(LocalTcpConnections.class));
        orders = new NodeGuests(fakeGuests(), fake(GuestFiles.class), ptys, connections, fake(StreamOpener.class))
                .orders(this);
        FakeBus ofNode = network.of(OneNode.NODE);
        ofNode.serve(Subjects.allOrders(OneNode.NODE), null, (subject, payload) -> {
            String kind = Subjects.kind(subject);
            Answer answer = OrderFailures.answer(kind, () -> orders.carryOut(kind, payload));
            return WireCodec.encode(answer);
        });
    }

    void drain() {
        store.drained = true;
        nodes.refresh();
    }

    private LocalGuests fakeGuests() {
        LocalGuests fakes = new LocalGuests();
        QuestionsTest.rows().map(row -> row.question().kind()).distinct().forEach(kind -> fake(fakes, kind));
        return fakes;
    }

    private <Q extends Record, A extends Record> void fake(LocalGuests fakes, QuestionKind<Q, A> kind) {
        fakes.with(kind, (vm, question) -> {
            Asked call = new Asked(kind.name(), List.of(vm, question));
            asked.add(call);
            return kind.answer().cast(Objects.requireNonNull(work.apply(call)));
        });
    }

    private <T> T fake(Class<T> seam) {
        return seam.cast(Proxy.newProxyInstance(seam.getClassLoader(), new Class<?>[] {seam}, (proxy, method, args) -> {
            Asked call = new Asked(method.getName(), args == null ? List.of() : Arrays.asList(args));
            asked.add(call);
            return work.apply(call);
        }));
    }

    /** Calls a seam by the name of the method. */
    @Nullable
    Object call(Object seam, Class<?> type, String name, @Nullable Object... args) throws Exception {
        Method method = Arrays.stream(type.getMethods())
                .filter(each -> each.getName().equals(name))
                .findAny()
                .orElseThrow();
        try {
            return method.invoke(seam, args);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    @Override
    public long session() {
        return session;
    }

    @Override
    public Optional<Long> epoch(VmId vm) {
        return vm.equals(VM) ? Optional.of(epoch) : Optional.empty();
    }

    @Override
    public boolean isLeased() {
        return leased;
    }

    @Override
    public void fenced(VmId vm, long heldBy) {}
}
