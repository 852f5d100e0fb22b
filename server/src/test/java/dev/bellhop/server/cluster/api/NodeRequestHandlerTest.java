// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.admin.TestEnrolment;
import dev.bellhop.server.cluster.credentials.NatsJwt;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.NodeRequest.Chunk;
import dev.bellhop.server.cluster.message.NodeRequest.Claimed;
import dev.bellhop.server.cluster.message.NodeRequest.HeldVm;
import dev.bellhop.server.cluster.message.NodeRequest.OwnVm;
import dev.bellhop.server.cluster.message.NodeRequest.Welcome;
import dev.bellhop.server.cluster.message.StartContent;
import dev.bellhop.server.cluster.message.WireExecution;
import dev.bellhop.server.cluster.message.WireOperation;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStep;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.postgres.PostgresDatabase;
import dev.bellhop.server.store.postgres.TempPostgres;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlNodeJournal;
import dev.bellhop.server.store.sql.SqlNodeOperations;
import dev.bellhop.server.store.sql.SqlOperationStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an API server answers to the nodes' requests, over a real store. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class NodeRequestHandlerTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");
    private static final byte[] NONE = {};

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private final List<String> hints = new ArrayList<>();
    private final List<ExecutionId> changed = new ArrayList<>();
    private final List<Execution> ended = new ArrayList<>();
    private Optional<StartCheck.Denial> denial = Optional.empty();
    private ExecutionStore executions;
    private OperationStore operations;
    private SqlClusterStore cluster;
    private Nodes nodes;
    private NodeRequestHandler handler;
    private final AuditTrail audit = new AuditTrail(new MemoryAuditStore(), Clock.systemUTC());
    private final MeterRegistry metrics = new SimpleMeterRegistry();

    @AfterEach
    void close() {
        handler.close();
    }

    @BeforeEach
    void open() {
        PostgresDatabase database = temp.get();
        executions = new SqlExecutionStore(database, TestExecutions.unlimited(), EndEntries::of);
        operations = new SqlOperationStore(database, EndEntries::of);
        cluster = new SqlClusterStore(database, 10_000);
        nodes = new Nodes(cluster);
        NodeRequestHandler.Stores stores = new NodeRequestHandler.Stores(
                cluster,
                new SqlNodeJournal(database, executions, EndEntries::of),
                new SqlNodeOperations(database, EndEntries::of),
                database::awaitDurable);
        Hints hints = new Hints();
        handler = new NodeRequestHandler(
                hints,
                "server",
                stores,
                nodes,
                new VmMoves(new NodeCalls(hints, nodes, metrics), nodes, cluster, null),
                audit,
                TestEnrolment.in(database, nodes),
                execution -> denial,
                new ExecutionListener() {
                    @Override
                    public void changed(ExecutionId id) {
                        changed.add(id);
                    }

                    @Override
                    public void ended(Execution told) {
                        changed.add(told.id());
                        ended.add(told);
                    }
                },
                metrics);
        cluster.add(A).join();
        cluster.add(B).join();
    }

    /** Remembers what is published; a test hands requests to the handler itself. */
    private final class Hints implements Bus {
        @Override
        public void publish(String subject, byte[] payload) {
            hints.add(subject);
        }

        @Override
        public Registration serve(String subject, @Nullable String queueGroup, Handler served) {
            assertThat(subject).isIn("bh.1.s.*.*", "bh.1.s.*.server.*", "bh.1.s.*.all.*");
            assertThat(queueGroup).isEqualTo(subject.equals("bh.1.s.*.*") ? Subjects.API_SERVERS : null);
            return () -> {};
        }

        @Override
        public CompletableFuture<byte[]> request(String subject, byte[] payload, Duration timeout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration listen(String subject, Listener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void onReconnect(Runnable action) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public void close() {}
    }

    private Answer ask(NodeId node, String kind, Record request) {
        return WireCodec.decode(handler.handle(Subjects.request(node, kind), WireCodec.encode(request)), Answer.class);
    }

    private <T extends Record> T ask(NodeId node, String kind, Record request, Class<T> type) {
        try {
            return ask(node, kind, request).open(type);
        } catch (FencedException e) {
            throw new AssertionError(kind, e);
        }
    }

    private void isRefused(Answer answer, ErrorCode code) {
        assertThat(answer.status()).isEqualTo(Answer.Status.REFUSED);
        assertThat(answer.code()).isEqualTo(code.name());
        assertThat(answer.message()).startsWith("Cannot ");
    }

    private long hello(NodeId node) {
        NodeRequest.Hello hello = new NodeRequest.Hello(1, 2, "1.0\n", UUID.randomUUID(), 1L);
        Welcome welcome = ask(node, NodeRequest.HELLO, hello, Welcome.class);
        assertThat(welcome).isEqualTo(new Welcome(welcome.session(), 2, Duration.ofSeconds(2), Duration.ofSeconds(10)));
        return welcome.session();
    }

    private List<HeldVm> claim(NodeId node, long session, OwnVm... vms) {
        return ask(node, NodeRequest.CLAIM, new NodeRequest.Claim(session, List.of(vms)), Claimed.class)
                .vms();
    }

    private VmHold hold(NodeId node, long vm) {
        long session = hello(node);
        List<HeldVm> held = claim(node, session, new OwnVm(vm, "vm", false));
        return new VmHold(node, session, new VmId(vm), held.getFirst().epoch());
    }

    private Execution inserted(Execution execution) {
        executions.intake().insert(execution, StartOptions.PLAIN, null, null).join();
        return execution;
    }

    private static NodeRequest.Update update(VmHold hold, long step, Execution execution, Chunk... chunks) {
        return new NodeRequest.Update(
                hold.session(), hold.vm().value(), hold.epoch(), step, WireExecution.of(execution), List.of(chunks));
    }

    /** What a node asks about an execution, each kind once. */
    private static Map<String, Record> requests(VmHold hold, Execution pending) {
        long session = hold.session();
        long vm = hold.vm().value();
        long epoch = hold.epoch();
        UUID id = pending.id().value();
        return Map.of(
                NodeRequest.ASK,
                new NodeRequest.Ask(
                        session, vm, epoch, id, ExecutionMode.SUPERVISED, TestExecutions.STARTED, "/s", null),
                NodeRequest.OPENED,
                new NodeRequest.Opened(session, vm, epoch, id, 1L, 2L),
                NodeRequest.OUTPUT,
                new NodeRequest.Output(session, vm, epoch, id, List.of()),
                NodeRequest.UPDATE,
                update(hold, 1, started(pending, 7)),
                NodeRequest.WISH,
                new NodeRequest.Wish(session, vm, epoch, id, Duration.ofSeconds(1)),
                NodeRequest.SIZE,
                new NodeRequest.Size(session, vm, epoch, id),
                NodeRequest.CONTENT,
                new NodeRequest.Content(session, vm, epoch, id, 0),
                NodeRequest.MAY_START,
                new NodeRequest.MayStart(session, vm, epoch, id));
    }

    private static Record request(VmHold hold, Execution pending, String kind) {
        return Objects.requireNonNull(requests(hold, pending).get(kind));
    }

    @Test
    void aNodeJoinsClaimsAndLeaves() {
        long session = hello(A);
        List<HeldVm> held =
                claim(A, session, new OwnVm(7, "seven", false), new OwnVm(8, "\0", false), new OwnVm(9, null, false));
        assertThat(held).extracting(HeldVm::vm).containsExactlyInAnyOrder(7L, 8L, 9L);
        assertThat(nodes.vms()).as("known at once").hasSize(3);
        assertThat(nodes.name(new VmId(7))).hasToString("Optional[seven]");
        assertThat(nodes.name(new VmId(8))).isEmpty();
        assertThat(nodes.isReachable(A)).isTrue();
        assertThat(nodes.nodes().getFirst().version()).isEqualTo("1.0?");

        assertThat(ask(A, NodeRequest.BEAT, new NodeRequest.Beat(session, 3, 2, 1)))
                .isEqualTo(Answer.DONE);
        long epoch =
                held.stream().filter(vm -> vm.vm() == 9).findAny().orElseThrow().epoch();
        assertThat(ask(A, NodeRequest.RELEASE, new NodeRequest.Release(session, 9, epoch)))
                .isEqualTo(Answer.DONE);
        assertThat(nodes.exists(new VmId(9))).isFalse();
        long other = hello(B);
        assertThat(claim(B, other, new OwnVm(9, null, true)))
                .as("it is bound to its node")
                .isEmpty();
        temp.execute("UPDATE nodes SET vm_ranges = '9-10' WHERE name = 'b'");
        assertThat(claim(B, other, new OwnVm(9, null, false), new OwnVm(7, null, false)))
                .extracting(HeldVm::vm)
                .containsExactly(9L);
    }

    /** It does not count its attempts. */
    @Test
    void aNodeOfTheReleaseBeforeJoins() {
        record OldHello(int oldestProtocol, int newestProtocol, String version, UUID instance) {}

        OldHello hello = new OldHello(1, 2, "0", UUID.randomUUID());
        for (int i = 0; i < 2; i++) {
            assertThat(ask(A, NodeRequest.HELLO, hello).status()).isEqualTo(Answer.Status.OK);
        }
    }

    @Test
    void whoMayNotJoinIsToldWhy() {
        long session = hello(A);
        cluster.revoke(A).join();
        isRefused(
                ask(A, NodeRequest.HELLO, new NodeRequest.Hello(1, 1, "1", UUID.randomUUID(), 1L)),
                ErrorCode.FORBIDDEN);
        assertThat(ask(A, NodeRequest.BEAT, new NodeRequest.Beat(session, 1, 1, 1)))
                .isEqualTo(Answer.FENCED);
        isRefused(
                ask(B, NodeRequest.HELLO, new NodeRequest.Hello(3, 4, "9", UUID.randomUUID(), 1L)),
                ErrorCode.NOT_SUPPORTED);
    }

    /** Whatever a node asks for under a name of its own making is one kind. */
    @Test
    void eachAnswerIsCountedByItsKindAndOutcome() {
        assertThat(count("beat", "fenced")).isZero();
        long session = hello(A);
        ask(A, NodeRequest.BEAT, new NodeRequest.Beat(session, 1, 1, 1));
        ask(A, NodeRequest.BEAT, new NodeRequest.Beat(session - 1, 1, 1, 1));
        ask(A, "made-up", new NodeRequest.Beat(session, 1, 1, 1));
        ask(A, "made-up-2", new NodeRequest.Beat(session, 1, 1, 1));

        assertThat(count("hello", "ok")).isEqualTo(1);
        assertThat(count("beat", "ok")).isEqualTo(1);
        assertThat(count("beat", "fenced")).isEqualTo(1);
        assertThat(count("unknown", "refused")).isEqualTo(2);
    }

    private long count(String kind, String outcome) {
        return metrics.get("bellhop.cluster.requests")
                .tags("kind", kind, "outcome", outcome)
                .timer()
                .count();
    }

    @Test
    void aNodeGetsANewTokenForItsKeyAlone() {
        String key = Nkey.generate(NkeyText.Kind.USER).publicKey();
        String other = Nkey.generate(NkeyText.Kind.USER).publicKey();
        String jwt = ask(A, NodeRequest.RENEW, new NodeRequest.Renew(key), NodeRequest.Renewed.class)
                .jwt();

        assertThat(NatsJwt.body(jwt).path("sub").asString()).isEqualTo(key);
        assertThat(NatsJwt.body(jwt).path("name").asString()).isEqualTo("node a");
        assertThat(NatsJwt.expiry(jwt)).isAfter(Instant.now().plus(Duration.ofDays(29)));
        isRefused(ask(A, NodeRequest.RENEW, new NodeRequest.Renew(other)), ErrorCode.FORBIDDEN);
        isRefused(ask(B, NodeRequest.RENEW, new NodeRequest.Renew("U")), ErrorCode.INVALID_REQUEST);
        isRefused(ask(new NodeId("c"), NodeRequest.RENEW, new NodeRequest.Renew(other)), ErrorCode.NOT_FOUND);
        cluster.revoke(A).join();
        isRefused(ask(A, NodeRequest.RENEW, new NodeRequest.Renew(key)), ErrorCode.FORBIDDEN);
    }

    @Test
    void aDrainedNodeMayStartNothingNow() {
        VmHold hold = hold(A, 7);
        Execution pending = inserted(pending(7));
        assertThat(ask(A, NodeRequest.MAY_START, request(hold, pending, NodeRequest.MAY_START)))
                .isEqualTo(Answer.DONE);
        cluster.drain(A, true).join();
        nodes.refresh();

        Answer refused = ask(A, NodeRequest.MAY_START, request(hold, pending, NodeRequest.MAY_START));
        isRefused(refused, ErrorCode.AGENT_UNAVAILABLE);
        assertThat(refused.message()).contains("node a is drained");
        assertThat(ask(A, NodeRequest.BEAT, new NodeRequest.Beat(hold.session(), 1, 1, 1)))
                .isEqualTo(Answer.DONE);
        cluster.drain(A, false).join();
        nodes.refresh();
        assertThat(ask(A, NodeRequest.MAY_START, request(hold, pending, NodeRequest.MAY_START)))
                .isEqualTo(Answer.DONE);
    }

    @Test
    void whoIsNoNodeIsFenced() {
        long session = hello(A);
        for (NodeId node : List.of(new NodeId("c"), B)) {
            assertThat(ask(node, NodeRequest.BEAT, new NodeRequest.Beat(session, 1, 1, 1)))
                    .isEqualTo(Answer.FENCED);
            assertThat(ask(node, NodeRequest.CLAIM, new NodeRequest.Claim(session, List.of())))
                    .isEqualTo(Answer.FENCED);
            assertThat(ask(node, NodeRequest.UNFINISHED, new NodeRequest.ListUnfinished(session, null, null)))
                    .isEqualTo(Answer.FENCED);
            assertThat(ask(node, NodeRequest.OPERATIONS, new NodeRequest.ListOperations(session)))
                    .isEqualTo(Answer.FENCED);
        }
    }

    @Test
    void aLifeIsStoredAndEachStepIsTold() {
        VmHold hold = hold(A, 1);
        Execution pending = inserted(pending(1));
        requests(hold, pending)
                .forEach((kind, request) ->
                        assertThat(ask(A, kind, request).status()).as(kind).isEqualTo(Answer.Status.OK));
        Execution end = exited(started(pending, 7), new ExitStatus(0, null), new OutputSize(2, 0, false));
        byte[] hi = "hi".getBytes(StandardCharsets.UTF_8);
        NodeRequest.Revision stored = ask(
                A,
                NodeRequest.UPDATE,
                update(hold, 2, end, new Chunk(OutputStreamName.STDOUT, 0, hi, null)),
                NodeRequest.Revision.class);

        assertThat(executions.reader().find(pending.id())).hasValue(end);
        assertThat(executions.reader().output(pending.id(), OutputStreamName.STDOUT, 0, 9))
                .isEqualTo(hi);
        assertThat(executions.reader().revision(pending.id())).hasValue(stored.revision());
        assertThat(changed).hasSize(5).containsOnly(pending.id());
        assertThat(hints).hasSize(5).containsOnly("bh.1.e." + pending.id());
        assertThat(ended).containsExactly(end);
    }

    @Test
    void aStrangerReadsAndWritesNothing() {
        VmHold hold = hold(A, 1);
        VmHold others = hold(B, 2);
        Execution pending = inserted(pending(1));
        // Under its own name with what it may have seen of the other's, and about the other's under what it has.
        requests(hold, pending)
                .forEach((kind, request) ->
                        assertThat(ask(B, kind, request)).as(kind).isEqualTo(Answer.FENCED));
        Execution elsewhere = Execution.pending(pending.id(), new VmId(2), pending.spec(), pending.createdAt());
        requests(others, elsewhere).forEach((kind, request) -> isRefused(ask(B, kind, request), ErrorCode.NOT_FOUND));
        NodeRequest.UnfinishedPage page = ask(
                B,
                NodeRequest.UNFINISHED,
                new NodeRequest.ListUnfinished(others.session(), 1L, null),
                NodeRequest.UnfinishedPage.class);

        assertThat(page).isEqualTo(new NodeRequest.UnfinishedPage(List.of(), false));
        assertThat(executions.reader().find(pending.id())).hasValue(pending);
        assertThat(executions.reader().revision(pending.id())).hasValue(1);
        assertThat(changed).isEmpty();
        assertThat(hints).isEmpty();
    }

    @Test
    void startsAreAskedAboutAndRefusedWithWhyNot() {
        VmHold hold = hold(A, 1);
        Execution pending = inserted(pending(1));
        denial = Optional.of(StartCheck.Denial.reassigned(pending));
        isRefused(ask(A, NodeRequest.MAY_START, request(hold, pending, NodeRequest.MAY_START)), ErrorCode.NOT_FOUND);

        denial = Optional.empty();
        ask(
                A,
                NodeRequest.UPDATE,
                update(hold, 1, exited(started(pending, 7), new ExitStatus(0, null), OutputSize.NONE)));
        isRefused(
                ask(A, NodeRequest.MAY_START, request(hold, pending, NodeRequest.MAY_START)),
                ErrorCode.EXECUTION_ENDED);
        isRefused(ask(A, NodeRequest.ASK, request(hold, pending, NodeRequest.ASK)), ErrorCode.EXECUTION_ENDED);
    }

    @Test
    void messagesThatNoNodeSendsAreRefused() {
        VmHold hold = hold(A, 1);
        Execution pending = inserted(pending(1));
        isRefused(ask(A, NodeRequest.UPDATE, update(hold, 1, pending)), ErrorCode.INVALID_REQUEST);
        isRefused(
                ask(A, NodeRequest.RELEASE, new NodeRequest.Release(hold.session(), -1, 1)), ErrorCode.INVALID_REQUEST);
        isRefused(WireCodec.decode(handler.handle("bh.1.s.a.update", NONE), Answer.class), ErrorCode.INVALID_REQUEST);
        isRefused(WireCodec.decode(handler.handle("bh.1.s.a.unheard-of", NONE), Answer.class), ErrorCode.NOT_SUPPORTED);
        isRefused(WireCodec.decode(handler.handle("bh.1.n.a.update", NONE), Answer.class), ErrorCode.NOT_SUPPORTED);
        // No field of the execution.
        Answer answer = ask(A, NodeRequest.UPDATE, new Empty(hold.session(), 1, hold.epoch(), 1, new NoFields(null)));
        isRefused(answer, ErrorCode.INVALID_REQUEST);
    }

    private record NoFields(@Nullable String nothing) {}

    private record Empty(long session, long vm, long epoch, long step, NoFields execution) {}

    @Test
    void whileTheDatabaseIsAwayTheAnswerIsBusy() {
        long session = hello(A);
        temp.get().close();
        assertThat(ask(A, NodeRequest.BEAT, new NodeRequest.Beat(session, 1, 1, 1)))
                .isEqualTo(Answer.BUSY);
    }

    /** Which is up to megabytes, and the same in pieces from any server. */
    @Test
    void contentComesInPieces() {
        VmHold hold = hold(A, 1);
        byte[] stdin = new byte[1_000_000];
        stdin[999_999] = 7;
        Map<String, String> env = IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "V" + i, i -> "v" + i));
        StartOptions options = new StartOptions(env, "/", "u", stdin, false, Duration.ofSeconds(3), false);
        ExecutionSpec spec = new ExecutionSpec(
                new CommandLine.Script("x".repeat(9000), null), "key", Tenant.operator(), Map.of(), null);
        Execution pending = Execution.pending(pending(1).id(), new VmId(1), spec, TestExecutions.CREATED);
        executions.intake().insert(pending, options, null, null).join();

        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        NodeRequest.ContentPiece piece;
        do {
            piece = ask(
                    A,
                    NodeRequest.CONTENT,
                    new NodeRequest.Content(
                            hold.session(), 1, hold.epoch(), pending.id().value(), whole.size()),
                    NodeRequest.ContentPiece.class);
            whole.writeBytes(piece.bytes());
        } while (whole.size() < piece.total());
        StartContent content = WireCodec.decodeLong(whole.toByteArray(), StartContent.class);

        assertThat(content.command().command()).isEqualTo(spec.command());
        assertThat(content.options())
                .usingRecursiveComparison()
                .withEqualsForType(Arrays::equals, byte[].class)
                .isEqualTo(options);
        assertThat(ask(A, NodeRequest.UPDATE, update(hold, 1, started(pending, 7)))
                        .status())
                .isEqualTo(Answer.Status.OK);
        NodeRequest.ContentPiece late = ask(
                A,
                NodeRequest.CONTENT,
                new NodeRequest.Content(
                        hold.session(), 1, hold.epoch(), pending.id().value(), 0),
                NodeRequest.ContentPiece.class);
        assertThat(late.total()).isZero();
    }

    /** Each has a command of four kilobytes here. */
    @Test
    void pagesOfWhatIsUnfinishedFitTheirMessage() {
        VmHold hold = hold(A, 1);
        List<UUID> all = new ArrayList<>();
        for (int i = 0; i < 230; i++) {
            Execution one = Execution.pending(
                    pending(1).id(), new VmId(1), TestExecutions.spec("x".repeat(4000), "key"), TestExecutions.CREATED);
            all.add(inserted(one).id().value());
        }
        List<UUID> found = new ArrayList<>();
        NodeRequest.UnfinishedPage page;
        do {
            page = ask(
                    A,
                    NodeRequest.UNFINISHED,
                    new NodeRequest.ListUnfinished(hold.session(), null, found.isEmpty() ? null : found.getLast()),
                    NodeRequest.UnfinishedPage.class);
            page.executions().stream()
                    .map(WireUnfinished::execution)
                    .map(WireExecution::id)
                    .forEach(found::add);
        } while (page.more());
        assertThat(found).isEqualTo(all);
    }

    @Test
    void operationsAreStoredByTheHolderAlone() {
        VmHold hold = hold(A, 1);
        VmHold others = hold(B, 2);
        OperationRequest request = new OperationRequest(
                OperationAction.STOP, true, Duration.ofSeconds(7), "key", Tenant.account("acc"), "name");
        OperationId id =
                OperationId.parse("019c1379-5a10-7cc3-8d25-000000000001").orElseThrow();
        Instant now = TestExecutions.CREATED;
        Operation waiting = new Operation(id, new VmId(1), request, OperationState.WAITING, List.of(), now, null, null);
        List<OperationStep> steps = List.of(new OperationStep(OperationStep.Kind.OFF, now));
        Operation running = new Operation(id, new VmId(1), request, OperationState.RUNNING, steps, now, null, null);
        List<OperationStep> otherSteps = List.of(new OperationStep(OperationStep.Kind.RESETTING, now));
        Operation elsewhere =
                new Operation(id, new VmId(1), request, OperationState.RUNNING, otherSteps, now, null, null);
        Operation done = new Operation(id, new VmId(1), request, OperationState.COMPLETED, steps, now, now, null);

        isRefused(store(A, hold, running), ErrorCode.NOT_FOUND);
        assertThat(operations.insert(waiting).join()).isTrue();
        assertThat(store(B, hold, running)).isEqualTo(Answer.FENCED);
        isRefused(store(B, others, running), ErrorCode.INVALID_REQUEST);
        assertThat(store(A, hold, running)).isEqualTo(Answer.DONE);
        isRefused(store(A, hold, waiting), ErrorCode.OPERATION_UNDER_WAY);
        isRefused(store(A, hold, elsewhere), ErrorCode.OPERATION_UNDER_WAY);
        assertThat(unfinished(A, hold.session())).containsExactly(running);
        assertThat(unfinished(B, others.session())).isEmpty();

        assertThat(store(A, hold, done)).isEqualTo(Answer.DONE);
        isRefused(store(A, hold, running), ErrorCode.OPERATION_UNDER_WAY);
        assertThat(store(A, hold, done)).as("twice").isEqualTo(Answer.DONE);
        assertThat(unfinished(A, hold.session())).isEmpty();
        assertThat(operations.find(id)).contains(done);
    }

    /** The answer to its last step was late, so the node ends it without that step. */
    @Test
    void anOperationEndsThoughItsNodeDoesNotKnowItsLastStep() {
        VmHold hold = hold(A, 1);
        OperationRequest request = new OperationRequest(
                OperationAction.STOP, true, Duration.ofSeconds(7), "key", Tenant.account("acc"), "name");
        OperationId id =
                OperationId.parse("019c1379-5a10-7cc3-8d25-000000000002").orElseThrow();
        Instant now = TestExecutions.CREATED;
        List<OperationStep> steps = List.of(new OperationStep(OperationStep.Kind.OFF, now));
        VmId vm = new VmId(1);
        operations
                .insert(new Operation(id, vm, request, OperationState.WAITING, List.of(), now, null, null))
                .join();
        assertThat(store(A, hold, new Operation(id, vm, request, OperationState.RUNNING, steps, now, null, null)))
                .isEqualTo(Answer.DONE);
        assertThat(store(
                        A,
                        hold,
                        new Operation(id, vm, request, OperationState.FAILED, List.of(), now, now, "No answer")))
                .isEqualTo(Answer.DONE);
        assertThat(operations.find(id))
                .contains(new Operation(id, vm, request, OperationState.FAILED, steps, now, now, "No answer"));
    }

    private Answer store(NodeId node, VmHold hold, Operation operation) {
        return ask(
                node,
                NodeRequest.OPERATION,
                new NodeRequest.StoreOperation(
                        hold.session(), hold.vm().value(), hold.epoch(), WireOperation.of(operation)));
    }

    private List<Operation> unfinished(NodeId node, long session) {
        return ask(
                        node,
                        NodeRequest.OPERATIONS,
                        new NodeRequest.ListOperations(session),
                        NodeRequest.OperationPage.class)
                .operations()
                .stream()
                .map(WireOperation::operation)
                .toList();
    }
}
