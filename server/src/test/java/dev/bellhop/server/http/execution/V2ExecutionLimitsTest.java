// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.service.Timeouts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The largest that a new execution may have of each thing is what a guest takes, and the next larger is refused. */
@Tag("real")
class V2ExecutionLimitsTest {
    private static final String CREATE = "/api/v2/vps/1/executions?wait=60";

    /** An agent on a busy machine needs more than the usual 10 s for a line of 11 MB. */
    private static final Timeouts PATIENT =
            new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofSeconds(3));

    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).timeouts(PATIENT).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Arguments limit(String pointer, int most, IntFunction<Map<String, Object>> body) {
        return Arguments.of(pointer, most, body);
    }

    private static Map<String, Object> with(String field, Object value) {
        return new TreeMap<>(Map.of("argv", List.of("true"), field, value));
    }

    /** A text of so many bytes, most of them in characters of four. */
    private static String bytes(int count) {
        return "x".repeat(count % 4) + "🦊".repeat(count / 4);
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                limit("/command", 65_536, size -> Map.of("command", "#" + bytes(size - 1))),
                limit("/argv/1", 131_071, size -> Map.of("argv", List.of("true", bytes(size)))),
                limit(
                        "/argv",
                        262_144,
                        size -> Map.of("argv", List.of(bytes(131_000), bytes(131_000), bytes(size - 262_000)))),
                limit("/argv/0", 131_071, size -> Map.of("argv", List.of(bytes(size)))),
                limit("/env", 131_071, size -> with("env", Map.of("AB", bytes(size - 3)))),
                limit("/cwd", 4095, size -> with("cwd", "/" + bytes(size - 1))),
                limit("/user", 64, size -> with("user", "x".repeat(size))),
                limit("/shell", 255, size -> Map.of("command", "true", "shell", "🦊".repeat(size))),
                limit("/labels", 255, size -> with("labels", Map.of("a", "🦊".repeat(size)))),
                limit("/stdin", 8 << 20, size -> with("stdin", bytes(size))));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void aLimitIsWhereTheDocumentSays(String pointer, int most, IntFunction<Map<String, Object>> body) {
        TestAnswer largest = create(body.apply(most));
        assertThat(largest.status()).as(largest.text()).isEqualTo(201);
        assertThat(largest.json().path("state").asString()).isEqualTo("exited");

        TestAnswer larger = create(body.apply(most + 1));
        assertThat(larger.status()).as(larger.text()).isEqualTo(400);
        JsonNode error = larger.json().path("errors").path(0);
        assertThat(error.path("pointer").asString()).isEqualTo(pointer);
        assertThat(larger.json().path("errors").size()).isEqualTo(1);
    }

    private static TestAnswer create(Map<String, Object> body) {
        return server.admin().post(CREATE, Json.mapper().writeValueAsString(body));
    }
}
