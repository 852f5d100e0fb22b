// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that wait for the end of a command, as those do that follow it. */
@Timeout(90)
class WaitingRequestsTest {
    private static final int MANY = 500;

    @TempDir
    private Path folder;

    @Test
    void hundredsThatWaitHoldUpNoOther() throws Exception {
        var ended = new AtomicBoolean();
        List<RawHttp> waiting = new ArrayList<>();
        try (FakeAgent agent = FakeAgent.start(folder.resolve("a.sock"));
                TestServer server =
                        TestServer.in(folder).vm(1, agent.socket()).direct().start()) {
            agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
            agent.on(
                    "guest-exec-status",
                    (request, wire) ->
                            wire.reply(ended.get() ? "{\"exited\": true, \"exitcode\": 0}" : "{\"exited\": false}"));
            String id = server.admin()
                    .post("/api/v2/vps/1/executions", "{\"command\": \"x\"}")
                    .json()
                    .path("id")
                    .asString();
            for (int i = 0; i < MANY; i++) {
                waiting.add(new RawHttp(server.uri())
                        .request(
                                "GET",
                                "/api/v2/executions/" + id + "?wait=60",
                                "Authorization: Bearer " + server.adminKey()));
            }

            assertThat(CompletableFuture.supplyAsync(() -> server.admin().get("/healthz")))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .satisfies(answer -> assertThat(answer.status()).isEqualTo(200));
            ended.set(true);
            for (RawHttp one : waiting) {
                assertThat(one.answer().json().path("state").asString()).isEqualTo("exited");
            }
        } finally {
            for (RawHttp one : waiting) {
                one.close();
            }
        }
    }
}
