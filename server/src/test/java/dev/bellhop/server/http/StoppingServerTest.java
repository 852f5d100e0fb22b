// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops takes nothing new, and lets what is under way end. */
@Timeout(60)
class StoppingServerTest {
    @TempDir
    private Path folder;

    @Test
    void aRequestUnderWayGetsItsAnswer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (FakeAgent agent = FakeAgent.start(folder.resolve("a.sock"));
                TestServer server = TestServer.in(folder).vm(1, agent.socket()).start()) {
            agent.on("guest-exec", (request, wire) -> {
                asked.countDown();
                release.await();
                wire.reply("{\"pid\": 7}");
            });
            agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
            CompletableFuture<TestAnswer> answer =
                    CompletableFuture.supplyAsync(() -> server.admin().tryExec(1, "x"));
            asked.await();
            RawHttp idle = new RawHttp(server.uri());
            idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(idle.firstByte()).isEqualTo('H');
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::stop);

            await().until(() -> server.admin().get("/healthz").status() == 503);
            assertThat(server.admin().get(execPath(1)).json().path("message").asString())
                    .contains("the server stops");
            assertThat(answer).isNotDone();
            assertThat(stopped).isNotDone();
            release.countDown();
            assertThat(answer.join().status()).isEqualTo(200);
            assertThat(idle.rest())
                    .as("all there is until the end of a connection that asks for nothing more")
                    .endsWith("{\"live\":true,\"ready\":true}");
            stopped.join();
            idle.close();

            server.start();
            assertThat(server.admin().result(1, 7).data().path("exitcode").intValue())
                    .isZero();
        }
    }

    @Test
    void aSecondServerIsKeptOffTheData() {
        try (TestServer first = TestServer.in(folder).start()) {
            assertThat(first.admin().get("/healthz").status()).isEqualTo(200);
            assertThatThrownBy(() -> TestServer.in(folder).start())
                    .rootCause()
                    .hasMessageStartingWith(
                            "Cannot use the data folder " + first.data() + " because another server uses it")
                    .hasMessageEndingWith("; stop that one first");
            assertThat(first.admin().get(execPath(1)).status()).isEqualTo(404);
        }
    }
}
