// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStep;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is stored of an operation, and what its caller is told, by what its node says. */
@Timeout(30)
@Tag("cluster")
class PowerOrdersTest {
    private static final String KEY = "0123456789ab";

    private final FakeNetwork network = new FakeNetwork();
    private final MemoryOperationStore store = new MemoryOperationStore(new MemoryAuditStore());
    private final FakeBus node = network.of(OneNode.NODE);
    private final List<OperationId> ordered = new CopyOnWriteArrayList<>();
    private PowerOrders orders;

    @BeforeEach
    void open() {
        Nodes nodes = new Nodes(new OneNode());
        nodes.refresh();
        NodeCalls calls = new NodeCalls(network.ofApiServer(), nodes, new SimpleMeterRegistry());
        orders = new PowerOrders(store, calls, Duration.ofSeconds(1), Clock.systemUTC());
    }

    private void answer(Function<OperationId, Answer> answer) {
        node.serve(Subjects.allOrders(OneNode.NODE), null, (subject, payload) -> {
            OperationId id = WireCodec.decode(payload, NodeOrder.Power.class)
                    .operation()
                    .operation()
                    .id();
            ordered.add(id);
            return WireCodec.encode(answer.apply(id));
        });
    }

    private static Answer begins(OperationId id) {
        return Answer.of(new NodeOrder.PowerStarted(id.value()));
    }

    private static OperationRequest stop(@Nullable String name) {
        return new OperationRequest(OperationAction.STOP, true, Duration.ZERO, KEY, Tenant.account("acc"), name);
    }

    private Operations.Started start(@Nullable String name) {
        return orders.start(OneNode.VM, stop(name));
    }

    private ErrorCode failure(@Nullable String name) {
        return catchThrowableOfType(BellhopException.class, () -> start(name)).code();
    }

    private Operation stored(VmId vm, String name) {
        Operation operation =
                Operation.waiting(OperationId.at(1_000), vm, stop(name), Instant.parse("2026-01-31T09:30:00Z"));
        assertThat(store.insert(operation).join()).isTrue();
        return operation;
    }

    @Test
    void whatANodeBeginsIsStoredForItsCaller() {
        answer(PowerOrdersTest::begins);
        Operations.Started started = start("once");
        assertThat(started.replayed()).isFalse();
        assertThat(store.find(started.operation().id())).hasValue(started.operation());
        assertThat(started.operation().request()).isEqualTo(stop("once"));

        Operations.Started again = start("once");
        assertThat(again.replayed()).isTrue();
        assertThat(again.operation()).isEqualTo(started.operation());
        assertThat(ordered).hasSize(1);
    }

    @Test
    void anotherServersAnswerHoldsWhenTheNodeRefuses() {
        List<Operation> returnedElsewhere = new ArrayList<>();
        answer(id -> {
            store.named(KEY, "once").ifPresent(returnedElsewhere::add);
            return Answer.refused(new BellhopException(ErrorCode.VM_STATE_UNKNOWN, "Cannot read the VM's state"));
        });
        assertThat(failure("once")).isEqualTo(ErrorCode.VM_STATE_UNKNOWN);
        assertThat(returnedElsewhere).hasSize(1);
        Operation ended = store.find(returnedElsewhere.getFirst().id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.failure()).isEqualTo("Cannot read the VM's state");
        assertThat(start("once").operation()).isEqualTo(ended);
        assertThat(ordered).hasSize(1);
    }

    @Test
    void anOperationThatNoNodeHasHeardOfFails() {
        network.decide(subject -> Fate.MEETS_NOBODY);
        assertThat(failure("once")).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(store.named(KEY, "once")).map(Operation::state).hasValue(OperationState.FAILED);
    }

    @Test
    void whatMayHaveArrivedStaysForItsNode() {
        answer(PowerOrdersTest::begins);
        network.decide(subject -> Fate.ANSWER_IS_LOST);
        assertThat(failure("once")).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(store.unfinished()).extracting(Operation::id).isEqualTo(ordered);
    }

    /** Its node has found it in the store meanwhile, and has taken a step. */
    @Test
    void whatIsRefusedAndBegunAllTheSameIsInDoubt() {
        answer(id -> {
            Operation waiting = store.find(id).orElseThrow();
            store.update(new Operation(
                            id,
                            waiting.vm(),
                            waiting.request(),
                            OperationState.RUNNING,
                            List.of(new OperationStep(OperationStep.Kind.PULLING_PLUG, waiting.createdAt())),
                            waiting.createdAt(),
                            null,
                            null))
                    .join();
            return Answer.refused(new BellhopException(ErrorCode.OPERATION_UNDER_WAY, "Cannot do this now"));
        });
        assertThat(failure(null)).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(store.unfinished()).hasSize(1);
    }

    @Test
    void anotherThatIsUnderWayStandsForItUnderItsName() {
        Operation other = stored(OneNode.VM, "first");
        answer(id -> begins(other.id()));
        Operations.Started started = start("second");
        assertThat(started.replayed()).isTrue();
        assertThat(started.operation()).isEqualTo(other);
        assertThat(store.named(KEY, "second")).hasValue(other);
        assertThat(store.unfinished()).containsExactly(other);
        assertThat(store.find(ordered.getFirst()))
                .map(Operation::failure)
                .hasValueSatisfying(
                        failure -> assertThat(failure).contains(other.id().toString()));
    }

    @Test
    void aNodeCannotGiveAnotherVmsOperationForIt() {
        Operation elsewhere = stored(new VmId(2), "first");
        answer(id -> begins(elsewhere.id()));
        assertThat(failure(null)).isEqualTo(ErrorCode.START_UNCONFIRMED);
    }
}
