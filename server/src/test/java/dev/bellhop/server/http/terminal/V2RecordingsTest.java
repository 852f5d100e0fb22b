// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.recording.RecordingSettings;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Recordings of terminals over HTTP, of a guest with a real agent, which is this machine. */
@Timeout(180)
@Tag("real")
class V2RecordingsTest {
    private static final String TERMINALS = "/api/v2/vps/1/terminals";
    private static final String RECORDINGS = "/api/v2/recordings";

    @TempDir
    private Path folder;

    private RealAgent agent;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = server(RecordingSettings.defaults());
    }

    private TestServer server(RecordingSettings settings) {
        return TestServer.in(folder)
                .vm(1, agent.socket())
                .executions(new ExecutionSettings(
                        new GuestSettings(true, folder.resolve("spool").toString(), 1 << 20),
                        ExecutionLimits.defaults()))
                .recordings(settings)
                .start();
    }

    private void restart(RecordingSettings settings) {
        server.close();
        server = server(settings);
    }

    private static RecordingSettings withInput() {
        return new RecordingSettings(true, true, 1 << 20, Duration.ofDays(1), 1 << 30);
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private JsonNode open(TestClient client, String command) {
        Map<String, Object> body = new HashMap<>(Map.of("cwd", folder.toString(), "command", command));
        TestAnswer answer = client.post(TERMINALS, Json.mapper().writeValueAsString(body));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private String ran(TestClient client, String command) {
        String id = open(client, command).path("id").asString();
        Awaitility.await().until(() -> recording(id).has("endedAt"));
        return id;
    }

    private JsonNode recording(String id) {
        return server.admin().get(RECORDINGS + "/" + id).json();
    }

    private static String path(String id) {
        return TERMINALS + "/" + id + "/recording";
    }

    private static List<JsonNode> lines(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).endsWith("\n");
        return answer.text().lines().map(line -> Json.mapper().readTree(line)).toList();
    }

    private static String text(List<JsonNode> lines, String code) {
        StringBuilder text = new StringBuilder();
        lines.stream()
                .filter(line -> line.path(1).asString().equals(code))
                .forEach(line -> text.append(line.path(2).asString()));
        return text.toString();
    }

    @Test
    void aTerminalIsRecordedAndItsHashIsInTheAuditTrail() throws Exception {
        JsonNode terminal = open(server.admin(), "echo grüße; stty size; read x; exit 7");
        String id = terminal.path("id").asString();
        assertThat(terminal.path("recorded").asBoolean()).isTrue();
        assertThat(terminal.path("inputRecorded").asBoolean()).isFalse();
        try (TerminalViewer viewer = TerminalViewer.enter(server.uri(), terminal.path("ticket"), "")) {
            viewer.await("24 80");
            // What is there so far can be read while it runs.
            Awaitility.await()
                    .untilAsserted(() -> assertThat(text(lines(server.admin().get(path(id))), "o"))
                            .contains("grüße\r\n"));
            assertThat(recording(id).has("endedAt")).isFalse();
            assertThat(recording(id).has("sha256")).isFalse();
            viewer.resize(100, 30);
            viewer.type("secret word\r");
            viewer.ended();
        }
        JsonNode recording = recording(id);
        TestAnswer cast = server.admin().get(path(id));
        assertThat(cast.header("Content-Type")).isEqualTo("application/x-asciicast");
        assertThat(cast.header("Content-Disposition")).isEqualTo("attachment; filename=\"" + id + ".cast\"");
        List<JsonNode> lines = lines(cast);
        assertThat(lines.getFirst().path("version").asInt()).isEqualTo(3);
        assertThat(lines.getFirst().path("term").path("cols").asInt()).isEqualTo(80);
        assertThat(text(lines, "r")).isEqualTo("100x30");
        assertThat(text(lines, "x")).isEqualTo("7");
        // The pty's echo is output; what is typed is not there beside it.
        assertThat(text(lines, "i")).isEmpty();
        assertThat(cast.text()).doesNotContain("read x");
        String hash = HexFormat.of().formatHex(Digests.sha256(cast.text()));
        assertThat(recording.path("sha256").asString()).isEqualTo(hash);
        assertThat(recording.path("complete").asBoolean()).isTrue();
        assertThat(recording.path("vmid").asLong()).isEqualTo(1);
        long bytes = recording.path("bytes").asLong();
        assertThat(bytes).isEqualTo(cast.body().length);
        Awaitility.await()
                .untilAsserted(() -> assertThat(audit("terminal.end"))
                        .contains("terminal " + id + " recording " + bytes + " bytes sha256:" + hash));
        assertThat(audit("recording.read")).contains("terminal " + id);
    }

    private List<String> audit(String action) {
        return server.admin()
                .get("/api/v2/audit?limit=100")
                .json()
                .path("items")
                .valueStream()
                .filter(entry -> entry.path("action").asString().equals(action))
                .map(entry -> entry.path("subject").asString())
                .toList();
    }

    @Test
    void masksHideWhatAnotherKeyMayReadRaw() {
        server.admin().post("/api/v2/masks", "{\"name\": \"token\", \"pattern\": \"sk-[a-z]+\"}");
        String id = ran(server.admin(), "echo the key is sk-abcdef, keep it");
        assertThat(text(lines(server.admin().get(path(id))), "o")).contains("the key is *********, keep it");
        assertThat(server.admin().get(path(id) + "?raw=true").status()).isEqualTo(403);
        TestClient raw = server.client(
                server.makeKey(List.of("terminal:vm", "read:raw"), List.of(1L)).secret());
        TestAnswer cast = raw.get(path(id) + "?raw=true");
        assertThat(text(lines(cast), "o")).contains("the key is sk-abcdef, keep it");
        assertThat(recording(id).path("sha256").asString())
                .isEqualTo(HexFormat.of().formatHex(Digests.sha256(cast.text())));
        assertThat(audit("output.raw")).contains("terminal " + id);
    }

    @Test
    void whatIsTypedIsRecordedWhereTheOperatorWantsItAndShownRawAlone() throws Exception {
        restart(withInput());
        JsonNode terminal = open(server.admin(), "stty -echo; echo go; read x; echo done");
        String id = terminal.path("id").asString();
        assertThat(terminal.path("inputRecorded").asBoolean()).isTrue();
        try (TerminalViewer viewer = TerminalViewer.enter(server.uri(), terminal.path("ticket"), "")) {
            viewer.await("go");
            viewer.type("hunter2\r");
            viewer.ended();
        }
        assertThat(recording(id).path("input").asBoolean()).isTrue();
        assertThat(server.admin().get(path(id)).text())
                .doesNotContain("hunter2")
                .contains("done");
        TestClient raw = server.client(
                server.makeKey(List.of("terminal:vm", "read:raw"), List.of(1L)).secret());
        assertThat(text(lines(raw.get(path(id) + "?raw=true")), "i")).isEqualTo("hunter2\r");
    }

    @Test
    void strangersSeeNothingAndScopesAreAsked() {
        String account = server.makeAccount("owner", 1);
        TestClient owner = server.tenant(account, "terminal:vm");
        TestClient stranger = server.tenant(server.makeAccount("stranger"), "terminal:vm");
        String theirs = ran(owner, "echo theirs");
        String operators = ran(server.admin(), "echo operators");
        for (String path : List.of(path(theirs), RECORDINGS + "/" + theirs)) {
            assertThat(stranger.get(path).status()).isEqualTo(404);
            assertThat(owner.get(path).status()).isEqualTo(200);
            assertThat(server.tenant(account, "terminal:vm").get(path).status()).isEqualTo(200);
            assertThat(server.tenant(account, "write:vm").get(path).status()).isEqualTo(403);
        }
        assertThat(owner.get(path(operators)).status()).isEqualTo(404);
        assertThat(owner.get(RECORDINGS + "/" + operators).status()).isEqualTo(404);
        assertThat(owner.get("/api/v2/vps/2/terminals/" + theirs + "/recording").status())
                .isEqualTo(404);
        assertThat(server.admin()
                        .get("/api/v2/vps/2/terminals/" + theirs + "/recording")
                        .status())
                .isEqualTo(404);
        assertThat(owner.get(path("x")).status()).isEqualTo(404);
        assertThat(ids(owner.get(RECORDINGS))).containsExactly(theirs);
        assertThat(ids(stranger.get(RECORDINGS))).isEmpty();
        assertThat(ids(server.admin().get(RECORDINGS))).containsExactly(operators, theirs);
        assertThat(server.tenant(account, "write:vm").get(RECORDINGS).status()).isEqualTo(403);
        // With the VM goes what was done in it.
        server.admin().post("/api/v2/vps/1/actions/unassign", "");
        assertThat(owner.get(path(theirs)).status()).isEqualTo(404);
        assertThat(ids(owner.get(RECORDINGS))).isEmpty();
    }

    private static List<String> ids(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("items")
                .valueStream()
                .map(item -> item.path("id").asString())
                .toList();
    }

    @Test
    void theListComesInPagesAndOfAVm() {
        String first = ran(server.admin(), "echo 1");
        String second = ran(server.admin(), "echo 2");
        String third = ran(server.admin(), "echo 3");
        JsonNode page = server.admin().get(RECORDINGS + "?limit=2&vmid=1").json();
        assertThat(page.path("items").valueStream().map(item -> item.path("id").asString()))
                .containsExactly(third, second);
        String cursor = page.path("nextCursor").asString();
        assertThat(ids(server.admin().get(RECORDINGS + "?limit=2&cursor=" + cursor)))
                .containsExactly(first);
        assertThat(ids(server.admin().get(RECORDINGS + "?vmid=2"))).isEmpty();
        assertThat(server.admin().get(RECORDINGS + "?cursor=eA").status()).isEqualTo(400);
        for (String noVm : List.of("x", "0", "-1")) {
            assertThat(server.admin().get(RECORDINGS + "?vmid=" + noVm).status())
                    .isEqualTo(400);
        }
    }

    @Test
    void noneIsMadeWhereTheOperatorWantsNone() {
        restart(new RecordingSettings(false, false, 1 << 20, Duration.ofDays(1), 1 << 30));
        JsonNode terminal = open(server.admin(), "echo quiet");
        assertThat(terminal.path("recorded").asBoolean()).isFalse();
        TestAnswer none = server.admin().get(path(terminal.path("id").asString()));
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.json().path("detail").asString())
                .isEqualTo("Cannot find a recording of this terminal; it was not recorded, or is deleted by now");
        assertThat(ids(server.admin().get(RECORDINGS))).isEmpty();
    }

    @Test
    void aTerminalThatCannotBeOpenedLeavesNoRecording() {
        assertThat(server.admin()
                        .post(TERMINALS, "{\"user\": \"nobody-of-this-name\", \"command\": \"true\"}")
                        .status())
                .isEqualTo(400);
        assertThat(ids(server.admin().get(RECORDINGS))).isEmpty();
    }

    @Test
    void recordingsOutliveTheServer() {
        String id = ran(server.admin(), "echo before");
        restart(RecordingSettings.defaults());
        assertThat(text(lines(server.admin().get(path(id))), "o")).contains("before");
        assertThat(recording(id).path("complete").asBoolean()).isTrue();
    }
}
