// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.RealAgent;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that never finish a request are dropped, however busy they look; the others do not notice. */
@Timeout(60)
@Tag("real")
class SlowClientsTest {
    private static final Timeouts SHORT = new Timeouts(
            Duration.ofMillis(1_500), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(3));

    private static final String CREATE = "/api/v2/vps/1/executions";

    @TempDir
    private Path folder;

    private RealAgent agent;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder).vm(1, agent.socket()).timeouts(SHORT).start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    /** Sends a byte now and then, each of which restarts an idle timeout, until the server has had enough. */
    static CompletableFuture<Boolean> trickle(RawHttp http, String bytes) {
        return trickle(http, "", bytes);
    }

    /** Likewise, after a beginning, by the end of which the server may have had enough on a machine that is busy. */
    static CompletableFuture<Boolean> trickle(RawHttp http, String beginning, String bytes) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                http.send(beginning);
                for (int i = 0; i < 600; i++) {
                    http.send(bytes);
                    Thread.sleep(50);
                }
                return false;
            } catch (SocketException | SSLException e) {
                return true;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void headersThatTrickleAreNotWaitedFor() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ");
            CompletableFuture<Boolean> dropped = trickle(http, "s");
            AtomicInteger served = new AtomicInteger();
            while (!dropped.isDone()) {
                assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
                served.incrementAndGet();
            }
            assertThat(dropped.join()).isTrue();
            assertThat(served).hasPositiveValue();
        }
    }

    @Test
    void aBodyThatTricklesIsNotWaitedFor() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("POST", execPath(1), "X-API-Key: " + server.adminKey(), "Content-Length: 60000");
            assertThat(trickle(http, " ").join()).isTrue();
        }
        assertThat(server.admin().run(1, "echo still").path("stdout").asString())
                .isEqualTo("still\n");
    }

    @Test
    void aBodyThatTricklesAfterAGoodBeginningIsNotWaitedFor() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("POST", CREATE, "X-API-Key: " + server.adminKey(), "Content-Length: 10000000");
            http.send(" ".repeat(1_000_000));
            assertThat(trickle(http, " ").join()).isTrue();
        }
    }

    @Test
    void aLargeBodyMayTakeLongerWhileItGetsOn() throws Exception {
        String command = "{\"command\": \"true\"}";
        int pieces = 12;
        int piece = 512 * 1024;
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request(
                    "POST",
                    CREATE,
                    "X-API-Key: " + server.adminKey(),
                    "Content-Length: " + (command.length() + pieces * piece));
            http.send(command);
            for (int i = 0; i < pieces; i++) {
                // Each in a fraction of the time, all of them in twice as much.
                Thread.sleep(SHORT.client().toMillis() / 6);
                http.send(" ".repeat(piece));
            }
            assertThat(http.answer().status()).isEqualTo(201);
        }
    }

    @Test
    void aConnectionThatSaysNothingIsDropped() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            assertThat(http.isDropped()).isTrue();
        }
    }

    @Test
    void aConnectionThatIsUsedAgainAndAgainLives() throws Exception {
        for (int i = 0; i < 20; i++) {
            // One client, which keeps its connection; together these take longer than a request may.
            assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
            Thread.sleep(120);
        }
    }

    /** What takes long here is the server's work and not the client's doing. */
    @Test
    void aClientThatWaitsForItsAnswerIsNotDropped() throws Exception {
        agent.stop();
        CompletableFuture<Integer> status = CompletableFuture.supplyAsync(
                () -> server.admin().tryExec(1, "true").status());
        Thread.sleep(2 * SHORT.client().toMillis());
        assertThat(status).isNotDone();
        agent.cont();
        assertThat(status.join()).isEqualTo(200);
    }
}
