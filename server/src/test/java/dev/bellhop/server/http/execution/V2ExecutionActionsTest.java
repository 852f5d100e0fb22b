// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.service.Timeouts;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What can be done to a command while it runs: cancel, signal, write to its stdin. */
@Timeout(120)
@Tag("real")
class V2ExecutionActionsTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String run(Map<String, Object> body) {
        TestAnswer answer =
                client.post("/api/v2/vps/1/executions", Json.mapper().writeValueAsString(body));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return "/api/v2/executions/" + answer.json().path("id").asString();
    }

    private static JsonNode end(String path) {
        JsonNode end = client.get(path + "?wait=30").json();
        assertThat(end.has("finishedAt")).as(end.toString()).isTrue();
        return end;
    }

    private static String started(String path) throws Exception {
        try (EventReader reader = EventReader.open(server.uri(), path + "/events", server.adminKey(), null)) {
            for (var event = reader.next(); event != null; event = reader.next()) {
                if (event.name().equals("output")) {
                    return path;
                }
            }
        }
        throw new AssertionError("the command has written nothing");
    }

    private static TestAnswer write(String path, String query, String bytes) {
        return write(client, path, query, bytes);
    }

    private static TestAnswer write(TestClient to, String path, String query, String bytes) {
        return to.send(
                "POST",
                path + "/stdin?" + query,
                request -> request.header("Content-Type", "application/octet-stream")
                        .method("POST", BodyPublishers.ofString(bytes)));
    }

    @Test
    void cancellingEndsACommandOnce() {
        String path = run(Map.of("command", "sleep 60"));

        TestAnswer first = client.send("POST", path + "/actions/cancel", request -> {});
        assertThat(first.status()).isEqualTo(202);
        assertThat(first.header("X-Stored")).isEqualTo("true");
        TestAnswer again = client.post(path + "/actions/cancel", "{\"graceSeconds\": 0}");
        assertThat(again.status()).isIn(202, 409);
        assertThat(end(path).path("state").asString()).isEqualTo("cancelled");
        TestAnswer late = client.post(path + "/actions/cancel", "{}");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("execution_ended");
    }

    @Test
    void aSignalReachesTheCommand() throws Exception {
        String path = started(run(Map.of("command", "trap 'echo hup; exit 7' HUP; sleep 60 & echo go; wait")));

        TestAnswer answer = client.post(path + "/actions/signal", "{\"signal\": \"HUP\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        JsonNode end = end(path);
        assertThat(end.path("exitCode").asInt()).isEqualTo(7);
        assertThat(end.path("output").path("stdout").asString()).isEqualTo("go\nhup\n");
    }

    @Test
    void aSignalCanBeANumber() throws Exception {
        String path = started(run(Map.of("command", "echo go; exec sleep 60")));

        assertThat(client.post(path + "/actions/signal", "{\"signal\": 12}").status())
                .isEqualTo(202);
        JsonNode end = end(path);
        assertThat(end.path("signal").asInt()).as(end.toString()).isEqualTo(12);
        assertThat(end.path("exitCode").asInt()).isEqualTo(140);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "signal | {} | required",
                "signal | {\"signal\": \"SIGTERM\"} | unknown_value",
                "signal | {\"signal\": 0} | out_of_range",
                "signal | {\"signal\": 65} | out_of_range",
                "signal | {\"signal\": 1.5} | wrong_type",
                "signal | {\"signal\": 1, \"pid\": 1} | unknown_field",
                "cancel | {\"graceSeconds\": 301} | out_of_range",
                "cancel | {\"graceSeconds\": -1} | out_of_range",
                "cancel | {\"grace\": 1} | unknown_field"
            })
    void whatIsNoActionIsRefused(String action, String body, String code) {
        String path = run(Map.of("command", "sleep 60"));
        TestAnswer answer = client.post(path + "/actions/" + action, body);
        client.post(path + "/actions/cancel", "{\"graceSeconds\": 0}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("errors").path(0).path("code").asString()).isEqualTo(code);
    }

    @Test
    void stdinIsWrittenInPiecesAndEachOnce() {
        String path = run(Map.of("command", "cat", "stdinFollows", true));

        TestAnswer first = write(path, "offset=0", "abc");
        assertThat(first.json().path("offset").asInt()).as(first.text()).isEqualTo(3);
        assertThat(write(path, "offset=0", "abc").json().path("offset").asInt())
                .as("sent again, as after a lost answer")
                .isEqualTo(3);
        TestAnswer gap = write(path, "offset=5", "x");
        assertThat(gap.status()).isEqualTo(409);
        assertThat(gap.code()).isEqualTo("stdin_gap");
        assertThat(gap.message()).contains("3");
        assertThat(write(path, "offset=3&end=true", "de").json().path("offset").asInt())
                .isEqualTo(5);
        JsonNode end = end(path);
        assertThat(end.path("state").asString()).isEqualTo("exited");
        assertThat(end.path("output").path("stdout").asString()).isEqualTo("abcde");
    }

    @Test
    void stdinThatDoesNotFollowIsClosed() {
        String path = run(Map.of("command", "sleep 60"));
        TestAnswer answer = write(path, "offset=0", "x");
        client.post(path + "/actions/cancel", "{\"graceSeconds\": 0}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        assertThat(answer.code()).isEqualTo("stdin_closed");
    }

    @Test
    void aPieceOfStdinSaysWhereItBelongs() {
        String path = run(Map.of("command", "cat", "stdinFollows", true));

        assertThat(write(path, "", "x").status()).isEqualTo(400);
        assertThat(write(path, "offset=x", "x").status()).isEqualTo(400);
        assertThat(write(path, "offset=0&end=yes", "x").status()).isEqualTo(400);
        assertThat(client.post(path + "/stdin?offset=0", "{}").status()).isEqualTo(415);
        String large = "x".repeat((1 << 20) + 1);
        assertThat(write(path, "offset=0", large).status()).isEqualTo(413);
        client.post(path + "/actions/cancel", "{\"graceSeconds\": 0}");
    }

    @Test
    void whatHasEndedTakesNothingMore() {
        String path = run(Map.of("command", "true"));
        end(path);

        assertThat(client.post(path + "/actions/signal", "{\"signal\": \"TERM\"}")
                        .code())
                .isEqualTo("execution_ended");
        assertThat(write(path, "offset=0", "x").code()).isIn("execution_ended", "stdin_closed");
    }

    @Test
    void whatHasNotStartedYetIsToBeTriedAgain() throws Exception {
        Path other = Files.createDirectory(folder.resolve("b"));
        Timeouts usual = Timeouts.defaults();
        Timeouts soon = new Timeouts(usual.client(), Duration.ofSeconds(2), usual.state(), usual.agent());
        try (TestServer away = TestServer.in(other)
                .vm(1, other.resolve("none.sock"))
                .timeouts(soon)
                .start()) {
            TestClient admin = away.admin();
            String body = "{\"command\": \"cat\", \"stdinFollows\": true, \"deliveryTimeoutSeconds\": 600}";
            JsonNode waiting = admin.post("/api/v2/vps/1/executions", body).json();
            String path = "/api/v2/executions/" + waiting.path("id").asString();

            TestAnswer signal = admin.post(path + "/actions/signal", "{\"signal\": \"HUP\"}");
            assertThat(signal.status()).as(signal.text()).isEqualTo(409);
            assertThat(signal.code()).isEqualTo("execution_pending");
            TestAnswer stdin = write(admin, path, "offset=0", "x");
            assertThat(stdin.status()).as(stdin.text()).isEqualTo(409);
            assertThat(stdin.code()).isEqualTo("execution_pending");
            assertThat(admin.post(path + "/actions/cancel", "{}").status()).isEqualTo(202);
        }
    }

    @Test
    void whatIsNoExecutionIsNotFound() {
        String path = "/api/v2/executions/019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";

        assertThat(client.post(path + "/actions/cancel", "{}").status()).isEqualTo(404);
        assertThat(client.post(path + "/actions/signal", "{\"signal\": 1}").status())
                .isEqualTo(404);
        assertThat(write(path, "offset=0", "x").status()).isEqualTo(404);
    }

    @Test
    void theHostedPairSharesWhatV1HasStarted() {
        String exec = "/api/v2/vps/1/agent/exec";
        assertThat(client.get(exec).text())
                .isEqualTo("{\"available\":true,\"availability\":\"available\",\"vmRunning\":true}");
        JsonNode started = client.post(exec, "{\"command\": \"printf '\\\\303\\\\244\\\\377'; exit 3\"}")
                .json();
        String pollUrl = started.path("pollUrl").asString();
        long pid = started.path("pid").asLong();
        assertThat(client.result(1, pid).data().path("exitcode").asInt()).isEqualTo(3);

        assertThat(client.get(pollUrl).text())
                .isEqualTo(
                        "{\"pid\":" + pid + ",\"exited\":true,\"exitCode\":3,\"stdout\":\"ä\uFFFD\",\"stderr\":\"\"}");
        assertThat(client.post(exec, "{\"command\": \" \"}").status()).isEqualTo(400);
        byte[] large = client.get(started(client.exec(1, "yes x | head -n 200000 | tr -d '\\n'")))
                .body();
        assertThat(new String(large, StandardCharsets.UTF_8)).contains("x".repeat(200_000));
    }

    private static String started(long pid) {
        client.result(1, pid);
        return "/api/v2/vps/1/agent/exec?pid=" + pid;
    }
}
