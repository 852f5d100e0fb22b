// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.FakeNetwork.Fate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The network of tests keeps what {@link Bus} promises. */
@Tag("cluster")
class FakeNetworkTest {
    private static final NodeId NODE = new NodeId("n1");
    private static final String ASKED = Subjects.request(NODE, "hello");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final FakeNetwork network = new FakeNetwork();
    private final FakeBus api = network.ofApiServer();
    private final FakeBus node = network.of(NODE);
    private final AtomicInteger handled = new AtomicInteger();

    private CompletableFuture<byte[]> ask() {
        return node.request(ASKED, "hi".getBytes(UTF_8), LONG);
    }

    private void serve() {
        api.serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (subject, payload) -> {
            handled.incrementAndGet();
            return (subject + " " + new String(payload, UTF_8)).getBytes(UTF_8);
        });
    }

    @Test
    void oneOfAGroupAnswers() {
        serve();
        network.ofApiServer().serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (subject, payload) -> {
            handled.incrementAndGet();
            return payload;
        });
        ask().join();
        ask().join();

        assertThat(handled).hasValue(2);
        assertThat(network.requests()).containsExactly(ASKED, ASKED);
    }

    @Test
    void whatIsLostHasNoAnswer() {
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(NobodyListensException.class);
        serve();
        network.decide(subject -> Fate.IS_LOST);
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(NoAnswerException.class);
        assertThat(handled).hasValue(0);
        network.decide(subject -> Fate.ANSWER_IS_LOST);
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(NoAnswerException.class);
        assertThat(handled).hasValue(1);
        network.decide(subject -> Fate.MEETS_BUSY);
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(BusyException.class);
        node.connected(false);
        assertThatThrownBy(() -> ask().join()).hasCauseInstanceOf(NotConnectedException.class);
    }

    @Test
    void whatIsLateArrivesWhenNobodyWaits() {
        serve();
        network.decide(subject -> Fate.IS_LATE);
        assertThatThrownBy(() ->
                        node.request(ASKED, new byte[0], Duration.ofMillis(1)).join())
                .hasCauseInstanceOf(NoAnswerException.class);
        CompletableFuture<byte[]> patient = ask();
        network.deliverLate();

        assertThat(patient.join()).asString(UTF_8).isEqualTo(ASKED + " hi");
    }

    @Test
    void hintsReachAllButTheOneWhoTells() throws Exception {
        LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        api.listen(Subjects.ALL_CACHE_HINTS, (subject, payload) -> heard.add("own"));
        network.ofApiServer().listen(Subjects.ALL_CACHE_HINTS, (subject, payload) -> heard.add(subject));
        api.publish(Subjects.cacheHint("keys"), new byte[0]);

        assertThat(heard.take()).isEqualTo(Subjects.cacheHint("keys"));
        assertThat(heard).isEmpty();
    }
}
