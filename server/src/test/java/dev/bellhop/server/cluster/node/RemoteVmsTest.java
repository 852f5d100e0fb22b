// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which API server a node asks about an execution. */
@Timeout(60)
@Tag("cluster")
class RemoteVmsTest {
    private static final NodeId NODE = new NodeId("a");
    private static final VmId VM = new VmId(1);
    private static final ExecutionId EXECUTION = new ExecutionId(new UUID(7, 7));
    private static final String TO_ANY = "bh.1.s.a.wish";
    private static final String TO_ONE = "bh.1.s.a.one.wish";
    private static final String TO_ALL = "bh.1.s.a.all.wish";

    private final FakeNetwork network = new FakeNetwork();
    private final List<String> answered = new CopyOnWriteArrayList<>();
    private final RemoteVms vms = new RemoteVms(
            new ApiCalls(network.of(NODE), NODE, new ApiCallMetrics(new SimpleMeterRegistry())), new Held());
    private volatile Answer answerOfOne = Answer.DONE;

    /** A node that holds all VMs. */
    private static final class Held implements Holds {
        @Override
        public long session() {
            return 1;
        }

        @Override
        public Optional<Long> epoch(VmId vm) {
            return Optional.of(1L);
        }

        @Override
        public boolean isLeased() {
            return true;
        }

        @Override
        public void fenced(VmId vm, long epoch) {
            throw new AssertionError("nothing is fenced here");
        }
    }

    @BeforeEach
    void serve() {
        Bus one = network.ofApiServer();
        var _ = one.serve(Subjects.requestsTo("one"), null, (subject, payload) -> {
            answered.add(subject);
            return WireCodec.encode(answerOfOne);
        });
        var _ = one.serve(Subjects.requestsTo(Subjects.EACH_API_SERVER), null, (subject, payload) -> {
            answered.add(subject);
            return WireCodec.encode(answerOfOne);
        });
        var _ = network.ofApiServer()
                .serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (subject, payload) -> {
                    answered.add(subject);
                    return WireCodec.encode(Answer.DONE);
                });
    }

    private void tell() {
        vms.tell(
                EXECUTION,
                NodeRequest.WISH,
                hold -> new NodeRequest.Wish(
                        hold.session(), hold.vm(), hold.epoch(), EXECUTION.value(), Duration.ofSeconds(1)));
    }

    @Test
    void theServerThatHasOrderedAnExecutionIsToldOfIt() {
        vms.ordered(EXECUTION, VM, "one");
        tell();
        tell();
        assertThat(answered).containsExactly(TO_ONE, TO_ONE);
    }

    @Test
    void anyServerIsToldOfWhatNoneHasOrdered() {
        vms.told(EXECUTION, VM);
        tell();
        vms.ordered(EXECUTION, VM, null);
        tell();
        assertThat(answered).containsExactly(TO_ANY, TO_ANY);
    }

    @ParameterizedTest
    @EnumSource(names = {"MEETS_NOBODY", "MEETS_BUSY"})
    void whereThatServerIsGoneOrDoesNotBeginAnyIsToldAtOnceAndFromThenOn(Fate fate) {
        network.decide(subject -> subject.equals(TO_ONE) ? fate : Fate.ARRIVES);
        vms.ordered(EXECUTION, VM, "one");
        tell();
        tell();
        assertThat(answered).containsExactly(TO_ANY, TO_ANY);
        assertThat(network.requests()).containsExactly(TO_ONE, TO_ANY, TO_ANY);
    }

    @Test
    void whereThatServerCannotStoreItAnyIsTold() {
        answerOfOne = Answer.BUSY;
        vms.ordered(EXECUTION, VM, "one");
        tell();
        assertThat(answered).containsExactly(TO_ONE, TO_ANY);
    }

    /** It may have been done, and may be done again. */
    @Test
    void whereThatServerDoesNotAnswerAnyIsToldAndForAWhileOfAllThatItOrders() {
        network.decide(subject -> subject.equals(TO_ONE) ? Fate.IS_LOST : Fate.ARRIVES);
        vms.ordered(EXECUTION, VM, "one");
        tell();
        vms.ordered(EXECUTION, VM, "one");
        tell();
        assertThat(answered).containsExactly(TO_ANY, TO_ANY);
        assertThat(network.requests()).containsExactly(TO_ONE, TO_ANY, TO_ANY);
    }

    @Test
    void aServerThatHungIsToldAgainOnceItOrders() {
        vms.ordered(EXECUTION, VM, "one");
        tell();
        network.decide(subject -> subject.equals(TO_ONE) ? Fate.IS_LOST : Fate.ARRIVES);
        tell();
        network.decide(subject -> Fate.ARRIVES);
        vms.ordered(EXECUTION, VM, "one");
        tell();
        assertThat(answered).containsExactly(TO_ONE, TO_ANY, TO_ONE);
    }

    @Test
    void whereNoServerAnswersItFails() {
        network.decide(subject -> Fate.IS_LOST);
        vms.ordered(EXECUTION, VM, "one");
        assertThatThrownBy(this::tell).isInstanceOf(BellhopException.class);
        assertThat(network.requests()).containsExactly(TO_ONE, TO_ANY, TO_ALL);
    }
}
