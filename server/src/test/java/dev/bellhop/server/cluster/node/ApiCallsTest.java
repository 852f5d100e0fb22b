// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a node's requests are counted. */
@Timeout(30)
@Tag("cluster")
class ApiCallsTest {
    private static final NodeId NODE = new NodeId("a");
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FakeNetwork network = new FakeNetwork();
    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final ApiCalls calls = new ApiCalls(network.of(NODE), NODE, new ApiCallMetrics(metrics));
    private Answer answer = Answer.DONE;

    ApiCallsTest() {
        network.ofApiServer()
                .serve(
                        Subjects.ALL_REQUESTS_OF_NODES,
                        Subjects.API_SERVERS,
                        (subject, payload) -> WireCodec.encode(answer));
    }

    private Answer beat() throws InterruptedException {
        return calls.ask(NodeRequest.BEAT, new NodeRequest.Beat(1, 0, 0, 0), LONG);
    }

    private long count(String outcome) {
        return metrics.get("bellhop.node.requests")
                .tags("kind", "beat", "outcome", outcome)
                .timer()
                .count();
    }

    private double answerAge() {
        return metrics.get("bellhop.node.answer.age").gauge().value();
    }

    @Test
    void answersAreCountedByWhatTheySay() throws Exception {
        assertThat(count("fenced")).isZero();
        assertThat(answerAge()).isNaN();
        beat();
        answer = Answer.FENCED;
        beat();
        answer = Answer.BUSY;
        beat();

        assertThat(count("ok")).isEqualTo(1);
        assertThat(count("fenced")).isEqualTo(1);
        assertThat(count("busy")).isEqualTo(1);
        assertThat(answerAge()).isNotNegative();
    }

    @Test
    void whatIsNotAnsweredIsCountedByWhetherItWasHeard() {
        network.decide(subject -> Fate.MEETS_NOBODY);
        assertThatThrownBy(this::beat).isInstanceOf(BellhopException.class);
        network.decide(subject -> Fate.ANSWER_IS_LOST);
        assertThatThrownBy(this::beat).isInstanceOf(BellhopException.class);

        assertThat(count("undelivered")).isEqualTo(1);
        assertThat(count("unanswered")).isEqualTo(1);
        assertThat(answerAge()).isNaN();
    }
}
