// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.request;
import static dev.bellhop.server.execution.TestExecutions.spec;
import static dev.bellhop.server.execution.TestExecutions.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.node.OrderSubscription;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.FailingStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What callers are told of a start, and what is stored of it by then. */
@Timeout(30)
@Tag("cluster")
class ClusterEngineTest {
    private static final NodeId NODE = OneNode.NODE;
    private static final VmId VM = OneNode.VM;
    private static final String KEY = "0123456789ab";

    private final FakeNetwork network = new FakeNetwork();
    private final FailingStore store = new FailingStore(new MemoryStore());
    private final FakeBus node = network.of(NODE);
    private final OneNode cluster = new OneNode();
    private final Nodes nodes = new Nodes(cluster);
    private final ChangeHints hints = new ChangeHints();
    private ClusterEngine engine;

    @BeforeEach
    void open() {
        NodeCalls calls = new NodeCalls(network.ofApiServer(), nodes, new SimpleMeterRegistry());
        nodes.refresh();
        engine = new ClusterEngine(
                "server",
                store,
                new ClusterExecutions(store, hints, calls),
                calls,
                nodes,
                execution -> Optional.empty(),
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void answer(Answer answer) {
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> WireCodec.encode(answer));
    }

    private StartHandle start(@Nullable IdempotencyKey key) {
        return engine.start(VM, request("true", KEY), key, Duration.ZERO, Deadline.after(Duration.ofSeconds(1)));
    }

    private ErrorCode failure() {
        StartHandle start = start(null);
        return catchThrowableOfType(
                        BellhopException.class,
                        () -> start.await(Duration.ZERO, () -> true, Deadline.after(Duration.ofSeconds(1))))
                .code();
    }

    private Execution only() {
        List<Execution> all = store.reader().list(ExecutionFilter.ALL, null, 10).executions();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void whatItsNodeRefusesHasEndedOnceItsCallerIsTold() {
        answer(Answer.refused(new BellhopException(ErrorCode.TOO_MANY_EXECUTIONS, "Cannot run one more")));

        assertThat(failure()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS);
        assertThat(only().state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(only().reason()).isEqualTo(Reason.TOO_MANY_EXECUTIONS);
    }

    /** The node finds it in the store when it is restarted. */
    @Test
    void whatCannotBeEndedIsNotSaidToBeRefused() {
        answer(Answer.refused(new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot reach an API server")));
        store.failOn(this::isStored);

        assertThat(failure()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(only().state()).isEqualTo(ExecutionState.PENDING);
    }

    /** As an agent that says no, of which the node tells before it has stored that. */
    @Test
    void whatItsNodeRefusesAfterItAskedTheGuestHasEndedToo() {
        refuseAnd(asked -> Thread.ofVirtual()
                .start(() -> store.update(
                                asked.endedUnstarted(ExecutionState.REJECTED, Reason.AGENT_REFUSED, asked.createdAt()),
                                List.of())
                        .join()));

        assertThat(failure()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(only().reason()).isEqualTo(Reason.AGENT_REFUSED);
    }

    /** The VM came to another node while the one before was asked. */
    @Test
    void whatAnotherNodeHasStartedIsNotSaidToBeRefused() {
        refuseAnd(asked -> store.update(started(asked, 7), List.of()).join());

        assertThat(failure()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(only().state()).isEqualTo(ExecutionState.RUNNING);
    }

    /** The node refuses what it has asked a guest to start, and meanwhile this happens to it. */
    private void refuseAnd(Consumer<Execution> meanwhile) {
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            Execution asked = only();
            store.ask(asked.id(), new StartIntent(ExecutionMode.SUPERVISED, asked.createdAt()))
                    .join();
            meanwhile.accept(asked);
            return WireCodec.encode(Answer.refused(new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot run it")));
        });
    }

    private boolean isStored(Execution execution) {
        return store.reader().find(execution.id()).isPresent();
    }

    @Test
    void whatWasStartedIsNotSaidToBeRefusedWhereItCannotBeRead() {
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            store.failReads();
            return WireCodec.encode(Answer.of(new NodeOrder.Started(false, null)));
        });

        assertThat(failure()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(engine.queuePlace(only().id())).isEmpty();
    }

    @Test
    void whatNoNodeHeardOfIsRefused() {
        assertThat(failure()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(only().state()).isEqualTo(ExecutionState.REJECTED);
    }

    /** A frozen process that was replaced answers sooner than its replacement, which carries the order out. */
    @Test
    void anEarlierProcessOfTheNodeDoesNotAnswerForIt() {
        new OrderSubscription(network.of(NODE), NODE, (_, _) -> WireCodec.encode(Answer.FENCED))
                .begin(OneNode.SESSION - 1);
        CompletableFuture<Void> asked = new CompletableFuture<>();
        new OrderSubscription(node, NODE, (subject, payload) -> {
                    asked.complete(null);
                    return WireCodec.encode(Answer.of(new NodeOrder.Started(true, null)));
                })
                .begin(OneNode.SESSION);

        Execution answered = start(null)
                .await(Duration.ZERO, () -> true, Deadline.after(Duration.ofSeconds(1)))
                .execution();
        assertThat(answered.state()).isEqualTo(ExecutionState.PENDING);
        assertThat(asked).isCompleted();
    }

    /** The node has a new session, which this server has not read yet. */
    @Test
    void anOrderForASessionThatIsOverIsGivenToTheNextOne() {
        OrderSubscription orders = new OrderSubscription(
                node, NODE, (_, _) -> WireCodec.encode(Answer.of(new NodeOrder.Started(true, null))));
        orders.begin(OneNode.SESSION);
        cluster.session = OneNode.SESSION + 1;
        orders.begin(cluster.session);

        assertThat(start(null)
                        .await(Duration.ZERO, () -> true, Deadline.after(Duration.ofSeconds(1)))
                        .execution()
                        .state())
                .isEqualTo(ExecutionState.PENDING);
        assertThat(network.requests()).containsExactly("bh.1.n.a.11.start", "bh.1.n.a.12.start");
    }

    @Test
    void whatItsNodeMayHaveHeardOfIsInDoubt() {
        answer(Answer.DONE);
        network.decide(subject -> Fate.ANSWER_IS_LOST);

        assertThat(failure()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(only().state()).isEqualTo(ExecutionState.PENDING);
    }

    /** The server that stored it may have ended before it gave the order. */
    @Test
    void aRequestThatIsRepeatedHasTheNodeLookForWhatIsPending() {
        answer(Answer.DONE);
        IdempotencyKey key = new IdempotencyKey(KEY, "again", new byte[32]);
        network.decide(subject -> Fate.IS_LOST);
        start(key);
        await().until(() -> network.requests().contains("bh.1.n.a.11.start"));
        assertThat(network.requests()).doesNotContain("bh.1.n.a.11.wake");

        start(key);
        await().until(() -> network.requests().contains("bh.1.n.a.11.wake"));
        assertThat(only().state()).isEqualTo(ExecutionState.PENDING);
    }

    /** As after a COMMIT without an answer. The execution and its key stay, and a repeated request gets them. */
    @Test
    void aStartThatIsStoredTooLateIsEndedAndKeepsItsKey() {
        IdempotencyKey key = new IdempotencyKey(KEY, "late", new byte[32]);
        store.holdInserts();
        assertThat(catchThrowableOfType(BellhopException.class, () -> start(key))
                        .code())
                .isEqualTo(ErrorCode.START_UNCONFIRMED);

        store.storeInserts();
        await().until(() -> only().state() == ExecutionState.REJECTED);
        assertThat(only().reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        assertThat(start(key).id()).isEqualTo(only().id());
        assertThat(network.requests()).as("no node has heard of it").isEmpty();
    }

    @Test
    void aCommandThatRunsIsCancelledWhileItsNodeIsAway() {
        Execution pending = TestExecutions.pending(VM.value());
        store.intake().insert(pending, StartOptions.PLAIN, null, null).join();
        store.update(pending.started(ExecutionMode.SUPERVISED, 7, pending.createdAt()), List.of())
                .join();
        network.decide(subject -> Fate.MEETS_NOBODY);

        assertThat(engine.cancel(pending.id(), Duration.ofSeconds(3), Deadline.after(Duration.ofSeconds(1))))
                .as("the wish is stored for its node")
                .isTrue();
        assertThat(only().state()).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void aCommandThatWaitsIsCancelledWhileItsNodeIsAway() {
        Execution pending = TestExecutions.pending(VM.value());
        store.intake().insert(pending, StartOptions.PLAIN, null, null).join();
        network.decide(subject -> Fate.MEETS_NOBODY);

        engine.cancel(pending.id(), Duration.ofSeconds(3), Deadline.after(Duration.ofSeconds(1)));
        await().until(() -> only().state() == ExecutionState.CANCELLED);
    }

    /** The VM can change its owner while the server looks for the node that has the VM now. */
    @Test
    void signalIsCheckedBeforeEachAttempt() {
        Execution pending = TestExecutions.pending(VM.value());
        store.intake().insert(pending, StartOptions.PLAIN, null, null).join();
        store.update(pending.started(ExecutionMode.SUPERVISED, 7, pending.createdAt()), List.of())
                .join();
        OrderSubscription orders = new OrderSubscription(node, NODE, (_, _) -> WireCodec.encode(Answer.DONE));
        orders.begin(OneNode.SESSION);
        cluster.session = OneNode.SESSION + 1;
        orders.begin(cluster.session);
        AtomicInteger checks = new AtomicInteger();
        Runnable check = () -> {
            if (checks.incrementAndGet() > 1) {
                throw new BellhopException(ErrorCode.NOT_FOUND, "no longer the caller's VM");
            }
        };

        assertThat(catchThrowableOfType(
                                BellhopException.class,
                                () -> engine.signal(pending.id(), 1, check, Deadline.after(Duration.ofSeconds(1))))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(network.requests()).containsExactly("bh.1.n.a.11.signal");
    }

    private StartHandle startToWait() {
        return engine.start(
                VM, request("true", KEY), null, Duration.ofMinutes(1), Deadline.after(Duration.ofMinutes(1)));
    }

    private static StartHandle.Outcome outcome(StartHandle start, BooleanSupplier goesOn) {
        return start.await(Duration.ofMinutes(1), goesOn, Deadline.after(Duration.ofMinutes(1)));
    }

    /** One that is short may have ended before its caller waits. */
    @Test
    void anEndThatWasHeardOfBeforeIsReadOnce() throws Exception {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        CompletableFuture<Void> awaited = new CompletableFuture<>();
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            Execution asked = only();
            store.update(
                            asked.endedUnstarted(ExecutionState.REJECTED, Reason.AGENT_REFUSED, asked.createdAt()),
                            List.of())
                    .join();
            hints.changed(asked.id());
            ended.complete(null);
            awaited.join();
            return WireCodec.encode(Answer.of(new NodeOrder.Started(false, null)));
        });
        StartHandle start = startToWait();
        ended.join();
        int before = store.reads();

        CompletableFuture<StartHandle.Outcome> told = CompletableFuture.supplyAsync(() -> outcome(start, () -> true));
        await().until(() -> store.reads() > before);
        awaited.complete(null);

        assertThat(told.get(1, TimeUnit.MINUTES).execution().state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(store.reads()).isEqualTo(before + 1);
    }

    /** Of what a node tells no more is believed than how its command went. */
    @Test
    void anEndThatThisServerHasStoredIsNotRead() throws Exception {
        CompletableFuture<Void> awaited = new CompletableFuture<>();
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            awaited.join();
            return WireCodec.encode(Answer.of(new NodeOrder.Started(false, null)));
        });
        StartHandle start = startToWait();
        Execution asked = only();
        Execution told = exited(
                started(Execution.pending(asked.id(), VM, spec("other", "ba9876543210"), asked.createdAt()), 7),
                new ExitStatus(3, null),
                OutputSize.NONE);
        hints.ended(told);
        int before = store.reads();

        Execution ended = outcome(start, () -> true).execution();
        awaited.complete(null);

        assertThat(store.reads()).isEqualTo(before);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(3, null));
        assertThat(ended.spec()).isEqualTo(asked.spec());
        assertThat(ended).isEqualTo(asked.endedAs(told));
    }

    @Test
    void whatIsUnderWayIsNotReadBeforeThereIsNews() throws Exception {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            seen.join();
            return WireCodec.encode(Answer.of(new NodeOrder.Started(false, null)));
        });
        StartHandle start = startToWait();
        int before = store.reads();

        assertThat(outcome(start, () -> false).execution()).isEqualTo(only());
        assertThat(store.reads()).isEqualTo(before);
        seen.complete(null);
        await().until(() -> hints.size() == 0);

        assertThat(outcome(start, () -> false).execution()).isEqualTo(only());
        assertThat(store.reads()).as("the order was answered").isGreaterThan(before);
    }
}
