// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.testkit.Processes;
import dev.bellhop.testkit.RealAgent;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Terminals over HTTP and their WebSocket, in a guest with a real agent, which is this machine. */
@Timeout(180)
@Tag("real")
class V2TerminalsTest {
    private static final String PATH = "/api/v2/vps/1/terminals";

    /** What is typed stays out of the history of whoever runs this. */
    private static final String NO_HISTORY = "{\"env\": {\"HISTFILE\": \"/dev/null\"}}";

    @TempDir
    private Path folder;

    private RealAgent agent;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = server(TerminalSettings.defaults());
    }

    private TestServer server(TerminalSettings settings) {
        return TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, folder.resolve("nobody"))
                .executions(new ExecutionSettings(
                        new GuestSettings(true, folder.resolve("spool").toString(), 1 << 20),
                        ExecutionLimits.defaults()))
                .terminals(settings)
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private JsonNode open(TestClient client, Object... more) {
        return opened(client.post(PATH, body(more)));
    }

    private String body(Object... more) {
        java.util.Map<String, Object> body = new java.util.HashMap<>(Map.of("cwd", folder.toString()));
        for (int i = 0; i < more.length; i += 2) {
            body.put((String) more[i], more[i + 1]);
        }
        return Json.mapper().writeValueAsString(body);
    }

    private static JsonNode opened(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private TerminalViewer enter(JsonNode terminal) throws Exception {
        return TerminalViewer.enter(server.uri(), terminal.path("ticket"), "");
    }

    private static String path(JsonNode terminal) {
        return PATH + "/" + terminal.path("id").asString();
    }

    private JsonNode ticket(JsonNode terminal, String body) {
        return opened(server.admin().post(path(terminal) + "/tickets", body));
    }

    @Test
    void aShellEchoesAndItsExitCodeIsTold() throws Exception {
        JsonNode terminal = open(server.admin(), "argv", List.of("sh"), "env", Map.of("PS1", "ready> "));
        assertThat(terminal.path("transport").asString()).isEqualTo("agent");
        assertThat(terminal.path("transportReason").asString()).isEqualTo("no_monitor");
        try (TerminalViewer viewer = enter(terminal)) {
            viewer.await("ready> ");
            viewer.type("echo $((6 * 7)) grüße\r");
            viewer.await("\n42 grüße");
            viewer.type("stty size; tty; pwd\r");
            viewer.await("24 80");
            viewer.await("/dev/pts/");
            viewer.await(folder.toString());
            viewer.type("exit 7\r");
            assertThat(viewer.ended().path("type").asString()).isEqualTo("ended");
            assertThat(viewer.ended().path("exitCode").asInt()).isEqualTo(7);
            assertThat(viewer.awaitClose()).isEqualTo(1000);
        }
        JsonNode end = server.admin().get(path(terminal)).json();
        assertThat(end.path("state").asString()).isEqualTo("ended");
        assertThat(end.path("reason").asString()).isEqualTo("exited");
        assertThat(end.path("exitCode").asInt()).isEqualTo(7);
        Awaitility.await()
                .untilAsserted(() -> assertThat(folder.resolve("spool")).isEmptyDirectory());
    }

    @Test
    void aLoginShellRunsWhereNothingIsNamed() throws Exception {
        try (TerminalViewer viewer = enter(opened(server.admin().post(PATH, NO_HISTORY)))) {
            viewer.type("cd " + folder + " && echo $TERM $HOME $0 $((6 * 7))\r");
            viewer.await("xterm-256color /root -");
            viewer.await(" 42");
            viewer.type("exit\r");
            assertThat(viewer.ended().path("exitCode").asInt()).isZero();
        }
    }

    @Test
    void keysThatAreSignalsReachTheForegroundAndTheSizeFollows() throws Exception {
        JsonNode terminal =
                open(server.admin(), "command", "trap 'stty size' WINCH; sleep 1000 & echo go; while :; do wait; done");
        try (TerminalViewer viewer = enter(terminal)) {
            viewer.await("go");
            viewer.resize(132, 50);
            viewer.await("50 132");
            viewer.type("\u0003");
            assertThat(viewer.ended().path("signal").asInt()
                            + viewer.ended().path("exitCode").asInt())
                    .isIn(2, 130);
        }
    }

    @Test
    void whoeverComesBackGetsWhatWasMissed() throws Exception {
        JsonNode terminal = open(server.admin(), "argv", List.of("cat"));
        long seen;
        try (TerminalViewer viewer = enter(terminal)) {
            viewer.type("one\r");
            viewer.await("one\r\none\r\n");
            viewer.type("two\r");
            viewer.await("two\r\ntwo\r\n");
            seen = viewer.bytes();
        }
        try (TerminalViewer again = TerminalViewer.enter(server.uri(), ticket(terminal, ""), "?offset=" + (seen - 5))) {
            again.await("two\r\n");
            again.type("three\r");
            again.await("three\r\nthree\r\n");
            assertThat(again.printed()).isEqualTo("two\r\nthree\r\nthree\r\n");
            assertThat(again.messages().getFirst().path("offset").asLong()).isEqualTo(seen - 5);
            again.type("\u0004");
            assertThat(again.ended().path("exitCode").asInt()).isZero();
        }
    }

    @Test
    void whatWasPrintedBeforeTheEndCanBeSeenAfterIt() throws Exception {
        JsonNode terminal = open(server.admin(), "command", "echo last words; exit 3");
        Awaitility.await()
                .until(() -> server.admin()
                        .get(path(terminal))
                        .json()
                        .path("state")
                        .asString()
                        .equals("ended"));
        try (TerminalViewer late = TerminalViewer.enter(server.uri(), ticket(terminal, ""), "?offset=5")) {
            assertThat(late.ended().path("exitCode").asInt()).isEqualTo(3);
            assertThat(late.printed()).isEqualTo("words\r\n");
        }
    }

    @Test
    void somebodyElseMayLookAndNotType() throws Exception {
        JsonNode terminal = open(server.admin(), "argv", List.of("cat"));
        try (TerminalViewer owner = enter(terminal);
                TerminalViewer other =
                        TerminalViewer.enter(server.uri(), ticket(terminal, "{\"readOnly\": true}"), "")) {
            owner.type("seen\r");
            other.await("seen\r\nseen\r\n");
            other.resize(10, 10);
            assertThat(server.admin().get(path(terminal)).json().path("viewers").asInt())
                    .isEqualTo(2);
            other.type("not typed\r");
            other.awaitClose();
            owner.type("more\r");
            owner.await("more\r\nmore\r\n");
            assertThat(owner.printed()).doesNotContain("not typed");
            assertThat(server.admin().get(path(terminal)).json().path("cols").asInt())
                    .isEqualTo(80);
        }
    }

    @Test
    void endlessOutputWaitsForASlowViewerAndFillsNothing() throws Exception {
        JsonNode terminal =
                open(server.admin(), "command", "while :; do echo 0123456789012345678901234567890123456789; done");
        Path spool = folder.resolve("spool").resolve(terminal.path("id").asString() + ".pty");
        try (TerminalViewer viewer = enter(terminal)) {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> viewer.bytes() > 6_000_000);
            long held;
            try (var files = Files.list(spool)) {
                held = files.mapToLong(file -> file.toFile().length()).sum();
            }
            assertThat(held).isLessThan(5 << 20);
            assertThat(server.admin().send("DELETE", path(terminal), r -> {}).status())
                    .isEqualTo(204);
            assertThat(viewer.ended().path("reason").asString()).isEqualTo("hung_up");
        }
        Awaitility.await().until(() -> !Files.exists(spool));
    }

    @Test
    void aHangUpEndsWhatRunsThere() throws Exception {
        Path pids = folder.resolve("pids");
        JsonNode terminal =
                open(server.admin(), "command", "trap '' HUP; sleep 1000 & echo $! $$ >" + pids + "; echo up; wait");
        try (TerminalViewer viewer = enter(terminal)) {
            viewer.await("up");
            assertThat(server.admin().send("DELETE", path(terminal), r -> {}).status())
                    .isEqualTo(204);
            assertThat(viewer.ended().path("reason").asString()).isEqualTo("hung_up");
        }
        for (String pid : Files.readString(pids).strip().split(" ", -1)) {
            long number = Long.parseLong(pid);
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Processes.hasEnded(number));
        }
    }

    @Test
    void aTicketIsGoodOnceAndForItsTerminalAlone() throws Exception {
        JsonNode one = open(server.admin(), "argv", List.of("cat"));
        JsonNode two = open(server.admin(), "argv", List.of("cat"));
        JsonNode ticket = ticket(one, "{}");
        JsonNode swapped = Json.mapper()
                .createObjectNode()
                .put("ticket", ticket.path("ticket").asString())
                .put("socket", two.path("ticket").path("socket").asString());
        assertRefused(401, swapped);
        // It is used up by that.
        assertRefused(401, ticket);
        enter(one).close();
        assertRefused(401, one.path("ticket"));
        assertRefused(403, two.path("ticket"), "Origin", "http://elsewhere.example");
        TerminalViewer.enter(
                        server.uri(),
                        two.path("ticket"),
                        "",
                        "Origin",
                        server.uri().toString())
                .close();
    }

    private void assertRefused(int status, JsonNode ticket, String... headers) {
        assertThatThrownBy(() -> TerminalViewer.enter(server.uri(), ticket, "", headers))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(status));
    }

    @Test
    void terminalsOfAllVmsAreListedToThoseWhoSeeThem() {
        String account = server.makeAccount("one", 1);
        TestClient tenant = server.tenant(account, "terminal:vm");
        String first = open(server.admin(), "argv", List.of("cat")).path("id").asString();
        String second = open(tenant, "argv", List.of("cat")).path("id").asString();

        String all = "/api/v2/terminals";
        assertThat(ids(server.admin(), all)).containsExactly(second, first);
        assertThat(ids(server.admin(), all + "?vmid=1")).containsExactly(second, first);
        assertThat(ids(server.admin(), all + "?vmid=2")).isEmpty();
        assertThat(ids(tenant, all)).containsExactly(second);
        assertThat(ids(server.tenant(server.makeAccount("two"), "terminal:vm"), all))
                .isEmpty();
        JsonNode page = server.admin().get(all + "?limit=1").json();
        assertThat(page.at("/items/0/id").asString()).isEqualTo(second);
        assertThat(page.at("/items/0").has("ticket")).isFalse();
        assertThat(ids(
                        server.admin(),
                        all + "?limit=1&cursor=" + page.path("nextCursor").asString()))
                .containsExactly(first);
    }

    private static List<String> ids(TestClient client, String path) {
        TestAnswer answer = client.get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("items")
                .valueStream()
                .map(each -> each.path("id").asString())
                .toList();
    }

    @Test
    void strangersSeeNothingAndScopesAreAsked() throws Exception {
        String account = server.makeAccount("owner", 1);
        TestClient owner = server.tenant(account, "terminal:vm");
        TestClient stranger = server.tenant(server.makeAccount("stranger"), "terminal:vm");
        TestClient colleague = server.tenant(account, "terminal:vm");
        JsonNode terminal = open(owner, "argv", List.of("cat"));
        for (String method : List.of("GET", "DELETE")) {
            assertThat(stranger.send(method, path(terminal), r -> {}).status()).isEqualTo(404);
        }
        assertThat(stranger.post(path(terminal) + "/tickets", "").status()).isEqualTo(404);
        assertThat(stranger.get(PATH).status()).isEqualTo(404);
        assertThat(stranger.post(PATH, "").status()).isEqualTo(404);
        assertThat(server.tenant(account, "write:vm").post(PATH, "").status()).isEqualTo(403);
        assertThat(server.tenant(account, "write:vm").get(PATH).status()).isEqualTo(403);
        assertThat(colleague.get(path(terminal)).status()).isEqualTo(200);
        assertThat(colleague.post(path(terminal) + "/tickets", "").status()).isEqualTo(403);
        assertThat(server.admin().get(PATH).json().path("items")).hasSize(1);
        // What the operator opens in the same VM is not the account's.
        JsonNode operators = open(server.admin(), "argv", List.of("cat"));
        assertThat(owner.get(path(operators)).status()).isEqualTo(404);
        assertThat(owner.get(PATH).json().path("items")).hasSize(1);
    }

    @Test
    void aTerminalEndsWithItsKeyAndWithItsVm() throws Exception {
        TestClient.MadeKey key = server.makeKey(List.of("terminal:vm"), List.of(1L));
        JsonNode terminal = open(server.client(key.secret()), "argv", List.of("cat"));
        try (TerminalViewer viewer = enter(terminal)) {
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), r -> {});
            assertThat(viewer.ended().path("reason").asString()).isEqualTo("not_allowed");
        }
        String account = server.makeAccount("owner", 1);
        JsonNode theirs = open(server.tenant(account, "terminal:vm"), "argv", List.of("cat"));
        try (TerminalViewer viewer = enter(theirs)) {
            server.admin().post("/api/v2/vps/1/actions/unassign", "");
            assertThat(viewer.ended().path("reason").asString()).isEqualTo("not_allowed");
        }
    }

    @Test
    void policiesAllowCommandsAndNoLoginShell() throws Exception {
        TestClient bound = server.client(
                withPolicy("{\"rules\": [{\"name\": \"top\", \"effect\": \"allow\", \"argv0\": \"cat\"}]}"));
        assertRefusedByPolicy(bound.post(PATH, ""), "loginShell");
        assertRefusedByPolicy(bound.post(PATH, "{\"argv\": [\"sh\"]}"), "noAllowRule");
        open(bound, "argv", List.of("cat"), "env", Map.of("TERM", "screen.xterm-256color"));
        assertRefusedByPolicy(bound.post(PATH, "{\"argv\": [\"cat\"], \"env\": {\"PATH\": \"/tmp\"}}"), "noAllowRule");
        TestClient saved = server.client(withPolicy("{\"onlySavedCommands\": true}"));
        assertRefusedByPolicy(saved.post(PATH, ""), "loginShell");
        assertRefusedByPolicy(saved.post(PATH, "{\"argv\": [\"cat\"]}"), "onlySavedCommands");
        TestClient waiting = server.client(withPolicy("{\"approval\": true}"));
        assertRefusedByPolicy(waiting.post(PATH, "{\"argv\": [\"cat\"]}"), "approval");
    }

    private String withPolicy(String policy) {
        TestClient.MadeKey key = server.makeKey(List.of("terminal:vm"), null);
        TestAnswer set = server.admin()
                .send(
                        "PUT",
                        "/api/v2/keys/" + key.id() + "/policy",
                        request -> request.header("Content-Type", "application/json")
                                .method("PUT", java.net.http.HttpRequest.BodyPublishers.ofString(policy)));
        assertThat(set.status()).as(set.text()).isEqualTo(201);
        return key.secret();
    }

    private static void assertRefusedByPolicy(TestAnswer answer, String rule) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.json().path("rule").asString()).isEqualTo(rule);
    }

    @Test
    void limitsHold() throws Exception {
        server.close();
        server =
                server(new TerminalSettings(2, 50, Duration.ofSeconds(8), Duration.ofHours(1), Duration.ofSeconds(15)));
        JsonNode abandoned = open(server.admin(), "command", "while :; do echo busy; sleep 0.5; done");
        JsonNode idle = open(server.admin(), "argv", List.of("cat"));
        assertThat(server.admin().post(PATH, body("argv", List.of("cat"))).status())
                .isEqualTo(429);
        try (TerminalViewer viewer = enter(idle)) {
            assertThat(viewer.ended().path("reason").asString()).isEqualTo("idle");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(server.admin()
                                .get(path(abandoned))
                                .json()
                                .path("reason")
                                .asString())
                        .isEqualTo("abandoned"));
    }

    @Test
    void whatCannotBeOpenedSaysWhy() throws Exception {
        assertThat(server.admin().post("/api/v2/vps/2/terminals", "").status()).isEqualTo(409);
        TestAnswer nobody = server.admin().post(PATH, "{\"user\": \"nosuchuser\"}");
        assertThat(nobody.status()).as(nobody.text()).isEqualTo(400);
        assertThat(nobody.json().path("errors").get(0).path("pointer").asString())
                .isEqualTo("/user");
        for (String wrong : List.of(
                "{\"cols\": 0}", "{\"rows\": 1001}", "{\"user\": \"-x\"}", "{\"argv\": []}", "{\"cwd\": \"here\"}")) {
            assertThat(server.admin().post(PATH, wrong).status()).as(wrong).isEqualTo(400);
        }
        JsonNode lost = open(server.admin(), "argv", List.of("/nosuchprogram"));
        try (TerminalViewer viewer = enter(lost)) {
            assertThat(viewer.ended().path("exitCode").asInt()).isEqualTo(127);
            assertThat(viewer.printed()).contains("the guest has no program /nosuchprogram");
        }
    }

    @Test
    void aServerThatStopsHangsUp() throws Exception {
        Path pid = folder.resolve("pid");
        open(server.admin(), "command", "echo $$ >" + pid + "; exec sleep 1000");
        Awaitility.await().until(() -> Files.exists(pid) && Files.size(pid) > 0);
        server.stop();
        long number = Long.parseLong(Files.readString(pid).strip());
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Processes.hasEnded(number));
        server.start();
    }

    @Test
    void theAuditTrailTellsWhoCameAndHowItEnded() throws Exception {
        JsonNode terminal = open(server.admin(), "argv", List.of("cat"));
        try (TerminalViewer viewer = enter(terminal)) {
            viewer.type("secret-key\r");
            viewer.await("secret-key\r\nsecret-key");
            viewer.type("\u0004");
            viewer.ended();
        }
        Awaitility.await().untilAsserted(() -> {
            String trail = server.admin().get("/api/v2/audit?limit=100").text();
            assertThat(trail)
                    .contains("\"action\":\"terminal.open\",\"door\":\"POST /api/v2/vps/{vmid}/terminals\"")
                    .contains("\"action\":\"terminal.enter\"")
                    .contains("\"action\":\"terminal.end\"")
                    .contains("\"subject\":\"terminal " + terminal.path("id").asString())
                    .doesNotContain("secret-key")
                    .doesNotContain("bellhop.ticket");
        });
    }
}
