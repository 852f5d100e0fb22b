// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for a command, and what is refused before any agent hears of it. */
class V1BodyTest {
    private static final AtomicInteger PIDS = new AtomicInteger(100);

    @TempDir
    private static Path folder;

    private static FakeAgent agent;
    private static TestServer server;
    private static TestClient client;

    private int startsExpected;

    @BeforeAll
    static void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + PIDS.incrementAndGet() + "}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        server = TestServer.in(folder).vm(1, agent.socket()).start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    private final long startsBefore = starts();

    @AfterEach
    void onlyWhatWasAcceptedWasStarted() {
        assertThat(starts() - startsBefore).isEqualTo(startsExpected);
    }

    private static long starts() {
        return agent == null
                ? 0
                : agent.requests().stream()
                        .filter(request -> request.command().equals("guest-exec"))
                        .count();
    }

    private static TestAnswer refused(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("BAD_REQUEST");
        assertThat(answer.message()).startsWith("Cannot ");
        return answer;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"command\": \"x\"",
                "{\"command\": \"x\"} trailing",
                "{\"command\": \"x\"}{}",
                "{'command': 'x'}",
                "{\"command\": \"x\",}",
                "[]",
                "[{\"command\": \"x\"}]",
                "null",
                "true",
                "7",
                "\"x\"",
                "{\"command\": \"x\", \"command\": \"y\"}",
                "{\"command\": \"\\x\"}",
                "<command>x</command>",
                "command=x"
            })
    void whatIsNotOneJsonObjectIsRefused(String body) {
        assertThat(refused(client.post(execPath(1), body)).message()).contains("JSON");
    }

    @Test
    void deepNestingIsRefused() {
        refused(client.post(execPath(1), "{\"a\":" + "[".repeat(30_000) + "]".repeat(30_000) + "}"));
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] body = "{\"command\": \"echo é\"}".getBytes(StandardCharsets.ISO_8859_1);

        refused(client.send("POST", execPath(1), request -> request.method("POST", BodyPublishers.ofByteArray(body))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "1.5", "true", "[\"x\"]", "{\"x\": 1}", "[]"})
    void aCommandOfAnotherTypeIsRefused(String value) {
        assertThat(refused(client.post(execPath(1), "{\"command\": " + value + "}"))
                        .message())
                .contains("/command")
                .contains("wrong type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"cmd\": \"x\"}", "{\"command\": null}", "{\"Command\": \"x\"}"})
    void aMissingCommandIsRefused(String body) {
        assertThat(refused(client.post(execPath(1), body)).message())
                .contains("/command")
                .contains("missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\\n\\t \\r\\n", "\\u2003"})
    void aBlankCommandIsRefused(String text) {
        assertThat(refused(client.post(execPath(1), "{\"command\": \"" + text + "\"}"))
                        .message())
                .contains("empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\u0000b", "\\ud83e", "x\\ude00y", "\\ude00\\ud83e"})
    void textThatNoShellCanBeGivenIsRefused(String text) {
        refused(client.post(execPath(1), "{\"command\": \"" + text + "\"}"));
    }

    /** The agent's own JSON parser refuses these, with an error that names no request. */
    @ParameterizedTest
    @ValueSource(strings = {"\\ufffe", "\\uffff", "\\ufdd0", "\\ud83f\\udffe"})
    void textThatNoAgentCanBeGivenIsRefused(String text) {
        refused(client.post(execPath(1), "{\"command\": \"echo " + text + "\"}"));
    }

    @Test
    void commandsAreMeasuredInCharacters() {
        startsExpected = 2;
        assertThat(client.tryExec(1, "x".repeat(4096)).status()).isEqualTo(200);
        assertThat(client.tryExec(1, "🦊".repeat(4096)).status()).isEqualTo(200);
        assertThat(refused(client.tryExec(1, "x".repeat(4097))).message()).contains("4096");
        assertThat(refused(client.tryExec(1, "🦊".repeat(4097))).message()).contains("4096");
    }

    @Test
    void fieldsThatAreNotKnownAreIgnored() {
        startsExpected = 1;
        assertThat(client.post(execPath(1), "{\"command\": \"x\", \"colour\": {\"of\": [1, null]}}")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "APPLICATION/JSON;charset=UTF-8",
                "application/x-www-form-urlencoded"
            })
    void theseContentTypesAreTakenForJson(String type) {
        startsExpected = 1;
        assertThat(post(type, BodyPublishers.ofString("{\"command\": \"x\"}")).status())
                .isEqualTo(200);
    }

    @Test
    void noContentTypeIsTakenForJson() {
        startsExpected = 1;
        assertThat(post(null, BodyPublishers.ofString("{\"command\": \"x\"}")).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/xml", "application/jsonp", "nonsense", "multipart/form-data"})
    void otherContentTypesAreRefused(String type) {
        TestAnswer answer = post(type, BodyPublishers.ofString("{\"command\": \"x\"}"));

        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.message()).contains("application/json");
    }

    @Test
    void aBodyOverTheLimitIsRefusedWithOrWithoutALength() {
        byte[] body = Json.mapper().writeValueAsBytes(Map.of("command", "x", "padding", "p".repeat(64 * 1024)));

        TestAnswer told = post(null, BodyPublishers.ofByteArray(body));
        TestAnswer chunked = post(null, BodyPublishers.ofByteArrays(List.of(body)));
        for (TestAnswer answer : List.of(told, chunked)) {
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.message()).contains("65536");
        }
    }

    @Test
    void aBodyAtTheLimitIsRead() {
        startsExpected = 2;
        String frame = "{\"command\": \"x\", \"padding\": \"\"}";
        byte[] body = frame.replace("\"\"", "\"" + "p".repeat(64 * 1024 - frame.length()) + "\"")
                .getBytes(StandardCharsets.UTF_8);

        assertThat(body).hasSize(64 * 1024);
        assertThat(post(null, BodyPublishers.ofByteArray(body)).status()).isEqualTo(200);
        assertThat(post(null, BodyPublishers.ofByteArrays(List.of(body))).status())
                .isEqualTo(200);
    }

    /** A length of petabytes must not be believed, waited for, or allocated. */
    @Test
    void aLengthBeyondReasonIsRefusedAtOnce() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request(
                    "POST",
                    execPath(1),
                    "X-API-Key: " + server.adminKey(),
                    "Content-Type: application/json",
                    "Content-Length: 9000000000000000");
            assertThat(http.answer().status()).isEqualTo(413);
        }
    }

    @Test
    void aBodyThatEndsEarlyStartsNothing() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("POST", execPath(1), "X-API-Key: " + server.adminKey(), "Content-Length: 500");
            http.send("{\"command\": \"x\"}").endOfInput();
            assertThat(http.answer().status()).isEqualTo(408);
        }
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("POST", "/api/v2/keys", "X-API-Key: " + server.adminKey(), "Content-Length: 500");
            http.send("{").endOfInput();
            assertThat(http.answer().json().path("type").asString()).isEqualTo("tag:bellhop.dev,2026:request_timeout");
        }
    }

    private static TestAnswer post(@Nullable String type, BodyPublisher body) {
        return client.send("POST", execPath(1), request -> {
            if (type != null) {
                request.header("Content-Type", type);
            }
            request.method("POST", body);
        });
    }
}
