// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node's heartbeat while one of two API servers is frozen. NATS gives requests to one of the two by turns. */
@Timeout(30)
@Tag("cluster")
class AskThenAllTest {
    private static final NodeId NODE = new NodeId("a");
    private static final Duration TURN = Duration.ofMillis(500);

    private final FakeNetwork network = new FakeNetwork();
    private final Server one = new Server("one");
    private final Server two = new Server("two");
    private final ApiCalls calls = new ApiCalls(network.of(NODE), NODE, new ApiCallMetrics(new SimpleMeterRegistry()));

    /** An API server. */
    private final class Server {
        private final AtomicInteger asked = new AtomicInteger();
        private final CountDownLatch thaw = new CountDownLatch(1);

        /** Absent while it is frozen. */
        private volatile @Nullable Answer answer = Answer.DONE;

        Server(String name) {
            FakeBus bus = network.ofApiServer();
            bus.serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (_, _) -> answer());
            bus.serve(Subjects.requestsTo(name), null, (_, _) -> answer());
            bus.serve(Subjects.requestsTo(Subjects.EACH_API_SERVER), null, (_, _) -> answer());
        }

        private byte[] answer() throws InterruptedException {
            asked.incrementAndGet();
            Answer now = answer;
            if (now == null) {
                thaw.await();
                now = Answer.BUSY;
            }
            return WireCodec.encode(now);
        }
    }

    @AfterEach
    void thaw() {
        one.thaw.countDown();
        two.thaw.countDown();
    }

    private Answer beat() throws Exception {
        return calls.askThenAll(NodeRequest.BEAT, new NodeRequest.Beat(1, 0, 0, 0), TURN);
    }

    @Test
    void oneServerAnswersWhileAllAreWell() throws Exception {
        assertThat(beat()).isEqualTo(Answer.DONE);
        assertThat(beat()).isEqualTo(Answer.DONE);
        assertThat(one.asked).hasValue(1);
        assertThat(two.asked).hasValue(1);
    }

    @Test
    void aFrozenServerCostsOneTry() throws Exception {
        one.answer = null;
        assertThat(beat()).isEqualTo(Answer.DONE);
        assertThat(beat()).isEqualTo(Answer.DONE);
        assertThat(one.asked).as("one of them by its turn").hasValue(2);
        assertThat(two.asked).hasValue(2);
    }

    @Test
    void aNodeIsFencedByWhicheverServerAnswers() throws Exception {
        one.answer = null;
        two.answer = Answer.FENCED;
        assertThat(beat()).isEqualTo(Answer.FENCED);
        assertThat(beat()).isEqualTo(Answer.FENCED);
    }

    /** The first server may have done it, whatever became of the second try. */
    @Test
    void aRequestThatMayBeDoneIsNotCalledUndone() {
        network.decide(subject -> subject.contains(".all.") ? Fate.MEETS_NOBODY : Fate.ANSWER_IS_LOST);
        assertThatThrownBy(this::beat)
                .isInstanceOfSatisfying(
                        BellhopException.class,
                        e -> assertThat(ApiCalls.isCertainlyUndone(e)).isFalse());
    }

    @Test
    void whatNoServerAnswersFails() {
        one.answer = null;
        two.answer = null;
        assertThatThrownBy(this::beat)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }
}
