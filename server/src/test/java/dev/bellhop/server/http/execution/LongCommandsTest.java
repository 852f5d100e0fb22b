// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A command of a hundred kilobytes is run as a whole, and stands whole in one place: lists of it would be as long as it likes. */
@Timeout(60)
@Tag("real")
class LongCommandsTest {
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final int LONG = 100_000;

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

    private static JsonNode run(List<String> argv) {
        TestAnswer answer = client.post(
                CREATE + "?wait=30", Json.mapper().writeValueAsString(Map.of("argv", argv, "timeoutSeconds", 60)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static List<String> words(JsonNode execution) {
        return execution.path("argv").valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void allOfItRunsAndOneRouteShowsIt() throws Exception {
        List<String> argv = List.of("sh", "-c", "printf %s \"$1\" | wc -c", "sh", "\u0001".repeat(LONG));

        JsonNode ran = run(argv);

        assertThat(ran.path("output").path("stdout").asString().strip()).isEqualTo("" + LONG);
        String path = "/api/v2/executions/" + ran.path("id").asString();
        assertThat(words(client.get(path).json())).isEqualTo(argv);
        assertThat(client.get(path).json().has("commandTruncated")).isFalse();
        JsonNode listed = client.get("/api/v2/executions").json().path("items").path(0);
        for (JsonNode part : List.of(ran, listed)) {
            assertThat(part.path("commandTruncated").asBoolean()).isTrue();
            assertThat(String.join("", words(part))).hasSize(4096);
            assertThat(words(part)).startsWith("sh", "-c");
        }
        try (EventReader events = EventReader.open(server.uri(), path + "/events", server.adminKey(), null)) {
            for (var event = events.next(); event != null; event = events.next()) {
                assertThat(event.toString().length()).isLessThan(40_000);
            }
        }
        JsonNode processes = Objects.requireNonNull(
                client.get(TestClient.statusPath(1)).data().path("processes"));
        assertThat(processes.path(0).path("command").asString().length()).isBetween(4096, 4200);
        server.restart();
        assertThat(words(server.admin().get(path).json())).isEqualTo(argv);
    }

    @Test
    @Tag("full")
    void aListIsBoundedWhateverIsInIt() {
        for (int i = 0; i < 20; i++) {
            run(List.of("true", "\u0001".repeat(LONG), "\u0001".repeat(LONG)));
        }

        TestAnswer list = client.get("/api/v2/executions?limit=20");

        assertThat(list.text().length()).isBetween(20 * 4096, 20 * 30_000);
    }
}
