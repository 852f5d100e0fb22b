// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.NobodyListensException;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An API server answers nodes only while it can write. */
@Timeout(30)
@Tag("cluster")
class RequestShareTest {
    private static final NodeId NODE = new NodeId("a");
    private static final Duration SOON = Duration.ofSeconds(10);

    private final FakeNetwork network = new FakeNetwork();
    private final Bus node = network.of(NODE);
    private volatile CompletableFuture<Void> write = CompletableFuture.completedFuture(null);

    /** How many of the two are answered: a request to one of the servers, and a request to all of them. */
    private int answered() throws InterruptedException {
        int one = isAnswered(Subjects.request(NODE, "beat")) ? 1 : 0;
        return one + (isAnswered(Subjects.request(NODE, Subjects.EACH_API_SERVER, "beat")) ? 1 : 0);
    }

    private boolean isAnswered(String subject) throws InterruptedException {
        try {
            node.request(subject, new byte[0], SOON).get();
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(NobodyListensException.class);
            return false;
        }
    }

    @Test
    void itLastsWhileTheDatabaseTakesWrites() throws Exception {
        try (var _ = new RequestShare(network.ofApiServer(), (_, payload) -> payload, () -> write)) {
            assertThat(answered()).isEqualTo(2);
            write = CompletableFuture.failedFuture(new BellhopException(ErrorCode.STORE_UNAVAILABLE, "It is away"));
            await().atMost(SOON).until(() -> answered() == 0);
            write = CompletableFuture.completedFuture(null);
            await().atMost(SOON).until(() -> answered() == 2);
            // A commit that waits for a standby.
            write = new CompletableFuture<>();
            await().atMost(SOON).until(() -> answered() == 0);
        }
        assertThat(answered()).isZero();
    }
}
