// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.output;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.http.client.EventReader.Event;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Secrets are masked in whatever shows output, byte for byte, however it is read and whenever. */
@Timeout(120)
@Tag("real")
class MaskedOutputTest {
    private static final String SECRET = "hunter2-hunter3";
    private static final String STARS = "*".repeat(SECRET.length());

    @TempDir
    private Path folder;

    private RealAgent agent;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, folder.resolve("nobody"))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private JsonNode run(String query, String command) {
        Map<String, Object> body = Map.of("command", command, "secretEnv", Map.of("TOKEN", SECRET));
        TestAnswer answer = server.admin()
                .post("/api/v2/vps/1/executions" + query, Json.mapper().writeValueAsString(body));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.text()).doesNotContain(SECRET);
        return answer.json();
    }

    private static String path(JsonNode execution) {
        return "/api/v2/executions/" + execution.path("id").asString();
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done; ";
    }

    private String output(JsonNode execution, String query) {
        TestAnswer answer = server.admin().get(path(execution) + "/output?" + query);
        assertThat(answer.status()).isEqualTo(200);
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private List<Event> events(JsonNode execution, String lastEventId) throws Exception {
        List<Event> events = new ArrayList<>();
        try (EventReader reader =
                EventReader.open(server.uri(), path(execution) + "/events", server.adminKey(), lastEventId)) {
            for (Event event = reader.next(); event != null; event = reader.next()) {
                events.add(event);
            }
        }
        return events;
    }

    private static String text(List<Event> events, String stream) {
        StringBuilder text = new StringBuilder();
        events.stream()
                .filter(event -> event.data().path("stream").asString("").equals(stream))
                .forEach(event -> text.append(new String(event.bytes(), StandardCharsets.UTF_8)));
        return text.toString();
    }

    private void assertMaskedEverywhere(JsonNode execution, String stdout, String stderr) throws Exception {
        long pid = execution.path("pid").asLong();
        for (String result : List.of(execPath(1), "/api/v2/vps/1/agent/exec")) {
            TestAnswer answer = server.admin().get(result + "?pid=" + pid);
            JsonNode data = answer.json().has("data") ? answer.data() : answer.json();
            assertThat(data.path("stdout").asString()).isEqualTo(stdout);
            assertThat(data.path("stderr").asString()).isEqualTo(stderr);
        }
        assertThat(output(execution, "stream=stdout&limit=1048576")).isEqualTo(stdout);
        assertThat(output(execution, "stream=stderr&limit=1048576")).isEqualTo(stderr);
        List<Event> events = events(execution, "0-0-1");
        assertThat(text(events, "stdout")).isEqualTo(stdout);
        assertThat(text(events, "stderr")).isEqualTo(stderr);
    }

    @Test
    void aSecretIsMaskedWhereverOutputIsShown() throws Exception {
        JsonNode execution = run("?wait=30", "echo \"a $TOKEN b\"; echo $TOKEN >&2");
        String stdout = "a " + STARS + " b\n";
        assertThat(execution.path("output").path("stdout").asString()).isEqualTo(stdout);
        assertThat(execution.path("output").path("stderr").asString()).isEqualTo(STARS + "\n");
        assertThat(execution.path("stdoutBytes").asInt()).isEqualTo(stdout.length());
        assertMaskedEverywhere(execution, stdout, STARS + "\n");
        server.restart();
        assertMaskedEverywhere(execution, stdout, STARS + "\n");
        assertThat(server.admin()
                        .get(path(execution) + "?output=true")
                        .json()
                        .path("output")
                        .path("stdout")
                        .asString())
                .isEqualTo(stdout);
    }

    @Test
    void everyPartShowsWhatTheWholeShows() {
        JsonNode execution = run("?wait=30", "printf %s \"x${TOKEN}y$TOKEN\"");
        String whole = "x" + STARS + "y" + STARS;
        for (int from = 0; from < whole.length(); from++) {
            for (int limit = 1; limit <= whole.length() - from; limit += 6) {
                String part = whole.substring(from, from + limit);
                assertThat(output(execution, "offset=" + from + "&limit=" + limit))
                        .isEqualTo(part);
                String range = "bytes=" + from + "-" + (from + limit - 1);
                TestAnswer ranged = server.admin()
                        .send("GET", path(execution) + "/output", request -> request.header("Range", range));
                assertThat(new String(ranged.body(), StandardCharsets.UTF_8)).isEqualTo(part);
                assertThat(ranged.header("Content-Range"))
                        .isEqualTo("bytes " + range.substring(6) + "/" + whole.length());
            }
        }
    }

    @Test
    void aLongOutputIsMaskedAcrossItsPieces() throws Exception {
        // Secrets lie across every multiple of the pieces in which output is stored, read and sent.
        JsonNode execution = run("?wait=60", "i=0; while [ $i -lt 20000 ]; do echo $TOKEN; i=$((i + 1)); done");
        String stdout = (STARS + "\n").repeat(20_000);
        assertMaskedEverywhere(execution, stdout, "");
    }

    @Test
    void aSecretThatIsWrittenInTwoPartsIsNeverSeen() throws Exception {
        String command = "printf 'a hunter2-'; " + until("1") + "printf 'hunter3 b hunter2'; " + until("2")
                + "printf ' is not it'";
        JsonNode execution = run("", command);
        try (EventReader reader =
                EventReader.open(server.uri(), path(execution) + "/events", server.adminKey(), "0-0-1")) {
            Event first = Objects.requireNonNull(reader.next());
            assertThat(first.data().path("text").asString()).isEqualTo("a ");
            assertThat(first.id()).isEqualTo("2-0-1");
            Awaitility.await()
                    .until(() -> server.admin()
                                    .get(path(execution))
                                    .json()
                                    .path("stdoutBytes")
                                    .asInt()
                            == 10);
            assertThat(output(execution, "")).isEqualTo("a ");
            assertThat(output(execution, "offset=5")).isEmpty();
            String v1 = execPath(1) + "?pid=" + execution.path("pid").asLong();
            assertThat(server.admin().get(v1).data().path("stdout").asString()).isEqualTo("a ");
            Files.createFile(folder.resolve("1"));
            Event second = Objects.requireNonNull(reader.next());
            assertThat(second.data().path("text").asString()).isEqualTo(STARS + " b ");
            assertThat(second.data().path("offset").asInt()).isEqualTo(2);
            Files.createFile(folder.resolve("2"));
            Event third = Objects.requireNonNull(reader.next());
            assertThat(third.data().path("text").asString()).isEqualTo("hunter2 is not it");
        }
        String whole = "a " + STARS + " b hunter2 is not it";
        for (int from = 0; from < whole.length(); from++) {
            assertThat(text(events(execution, from + "-0-1"), "stdout")).isEqualTo(whole.substring(from));
        }
    }

    @Test
    void withoutASupervisorItIsMaskedToo() throws Exception {
        server.close();
        server = TestServer.in(folder).vm(1, agent.socket()).direct().start();
        JsonNode execution = run("?wait=30", "echo \"a $TOKEN\"; cat");
        assertThat(execution.path("mode").asString()).isEqualTo("direct");
        assertMaskedEverywhere(execution, "a " + STARS + "\n", "");
    }

    /** An agent that refuses a command says why in words of its own. */
    @Test
    void whatAGuestSaysAgainstACommandIsMaskedToo() {
        server.close();
        try (FakeAgent refusing = FakeAgent.start(folder.resolve("b.sock"))) {
            refusing.on("guest-exec", (request, wire) -> wire.error("GenericError", "no " + SECRET + " here"));
            server = TestServer.in(folder).vm(1, refusing.socket()).direct().start();
            String body = "{\"command\": \"x\", \"secretEnv\": {\"TOKEN\": \"" + SECRET + "\"}}";
            for (String query : List.of("", "?wait=5")) {
                TestAnswer answer = server.admin().post("/api/v2/vps/1/executions" + query, body);
                assertThat(answer.status()).isEqualTo(409);
                assertThat(answer.json().path("detail").asString()).contains("refused: no " + STARS + " here");
            }
            server.admin().post("/api/v2/masks", "{\"name\": \"all\", \"pattern\": \"" + SECRET + "\"}");
            for (String path : List.of(execPath(1), "/api/v2/vps/1/agent/exec")) {
                assertThat(server.admin().post(path, "{\"command\": \"x\"}").text())
                        .as(path)
                        .contains("no " + STARS + " here")
                        .doesNotContain(SECRET);
            }
        }
    }

    /** Another command in the same VM may well write the same. */
    @Test
    void onlyTheCommandsOwnSecretsAreMasked() {
        run("?wait=30", "true");
        assertThat(server.admin().run(1, "echo " + SECRET).path("stdout").asString())
                .isEqualTo(SECRET + "\n");
    }
}
