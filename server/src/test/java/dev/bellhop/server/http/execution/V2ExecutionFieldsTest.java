// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Each field of a new execution that is wrong is named, and nothing is started. */
class V2ExecutionFieldsTest {
    private static final String CREATE = "/api/v2/vps/1/executions";

    @TempDir
    private static Path folder;

    private static FakeAgent agent;
    private static TestServer server;

    @BeforeAll
    static void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        server = TestServer.in(folder).vm(1, agent.socket()).direct().start();
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    private static Arguments bad(Map<String, Object> body, String pointer, String code) {
        return Arguments.of(body, pointer, code);
    }

    private static Map<String, Object> with(String field, Object value) {
        return new TreeMap<>(Map.of("command", "hunter2", field, value));
    }

    private static Map<String, String> many(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "n" + i, i -> "x"));
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                bad(Map.of(), "/command", "required"),
                bad(Map.of("command", " \n"), "/command", "out_of_range"),
                bad(Map.of("command", "a\0b"), "/command", "malformed"),
                bad(Map.of("command", 5), "/command", "wrong_type"),
                bad(with("argv", List.of("x")), "/argv", "unknown_field"),
                bad(Map.of("argv", List.of()), "/argv", "out_of_range"),
                bad(Map.of("argv", List.of("")), "/argv/0", "malformed"),
                bad(Map.of("argv", List.of("x", "a\0b")), "/argv/1", "malformed"),
                bad(Map.of("argv", List.of("-x")), "/argv/0", "malformed"),
                bad(Map.of("argv", Collections.nCopies(1001, "x")), "/argv", "out_of_range"),
                bad(Map.of("argv", List.of("x"), "shell", "bash"), "/shell", "unknown_field"),
                bad(with("shell", ""), "/shell", "out_of_range"),
                bad(with("shell", "-c"), "/shell", "malformed"),
                bad(with("shell", "a\uffffb"), "/shell", "malformed"),
                bad(Map.of("command", "x", "stdin", "a", "stdinBase64", "YQ=="), "/stdinBase64", "unknown_field"),
                bad(Map.of("command", "x", "stdin", "a", "stdinFollows", true), "/stdinFollows", "unknown_field"),
                bad(
                        Map.of("command", "x", "stdinBase64", "YQ==", "stdinFollows", true),
                        "/stdinFollows",
                        "unknown_field"),
                bad(with("stdinBase64", "hunter2?"), "/stdinBase64", "malformed"),
                bad(with("stdin", "x".repeat((8 << 20) + 1)), "/stdin", "out_of_range"),
                bad(with("stdinFollows", "yes"), "/stdinFollows", "wrong_type"),
                bad(with("env", Map.of("A-B", "x")), "/env", "malformed"),
                bad(with("env", Map.of("1A", "x")), "/env", "malformed"),
                bad(with("env", Map.of("A", "a\0b")), "/env", "malformed"),
                bad(with("env", many(101)), "/env", "out_of_range"),
                bad(with("env", Map.of("A", 5)), "/env/A", "wrong_type"),
                bad(with("secretEnv", Map.of("A-B", "hunter2")), "/secretEnv", "malformed"),
                bad(with("secretEnv", Map.of("A", "hunter2\0")), "/secretEnv", "malformed"),
                bad(with("secretEnv", Map.of("A", "abc")), "/secretEnv", "out_of_range"),
                // Characters count, as the document says: these are three of six bytes, and three of twelve.
                bad(with("secretEnv", Map.of("A", "äöü")), "/secretEnv", "out_of_range"),
                bad(with("secretEnv", Map.of("A", "\uD83D\uDE00".repeat(3))), "/secretEnv", "out_of_range"),
                bad(with("secretEnv", Map.of("A", "  a\n ")), "/secretEnv", "out_of_range"),
                bad(with("secretEnv", Map.of("A", "x".repeat(16_384))), "/secretEnv", "out_of_range"),
                bad(with("secretEnv", Map.of("A", 5)), "/secretEnv/A", "wrong_type"),
                bad(
                        Map.of("command", "x", "env", Map.of("A", "x"), "secretEnv", Map.of("A", "hunter2")),
                        "/secretEnv",
                        "unknown_field"),
                bad(with("cwd", "etc"), "/cwd", "malformed"),
                bad(with("cwd", ""), "/cwd", "malformed"),
                bad(with("user", "-x"), "/user", "malformed"),
                bad(with("user", "1x"), "/user", "malformed"),
                bad(with("user", ".x"), "/user", "malformed"),
                bad(with("user", "a b"), "/user", "malformed"),
                bad(with("user", ""), "/user", "malformed"),
                bad(with("timeoutSeconds", 0), "/timeoutSeconds", "out_of_range"),
                bad(with("timeoutSeconds", 604_801), "/timeoutSeconds", "out_of_range"),
                bad(with("timeoutSeconds", 1.5), "/timeoutSeconds", "wrong_type"),
                bad(with("deliveryTimeoutSeconds", -1), "/deliveryTimeoutSeconds", "out_of_range"),
                bad(with("deliveryTimeoutSeconds", 86_401), "/deliveryTimeoutSeconds", "out_of_range"),
                bad(with("labels", many(21)), "/labels", "out_of_range"),
                bad(with("labels", Map.of("a b", "x")), "/labels", "malformed"),
                bad(with("labels", Map.of("a", "b\0")), "/labels", "malformed"),
                bad(with("timeout", 60), "/timeout", "unknown_field"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void aFieldThatIsWrongIsNamed(Map<String, Object> body, String pointer, String code) {
        TestAnswer answer = server.admin().post(CREATE, Json.mapper().writeValueAsString(body));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        JsonNode error = answer.json().path("errors").path(0);
        assertThat(error.path("pointer").asString()).isEqualTo(pointer);
        assertThat(error.path("code").asString()).isEqualTo(code);
        assertThat(answer.text()).doesNotContain("hunter2");
    }

    @Test
    void allThatIsWrongIsNamedAtOnce() {
        TestAnswer answer = server.admin()
                .post(CREATE, "{\"command\": \"\", \"cwd\": \"x\", \"user\": \"-\", \"timeoutSeconds\": 0}");

        assertThat(answer.json().path("errors").size()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{\"command\": \"x\"", "{\"command\": \"x\", \"command\": \"y\"}"})
    void aBodyThatIsNoObjectIsRefused(String body) {
        TestAnswer answer = server.admin().post(CREATE, body);

        assertThat(answer.status()).isEqualTo(400);
    }

    @Test
    void nothingWasStarted() {
        assertThat(server.admin().get(CREATE).json().path("items").isEmpty()).isTrue();
    }
}
