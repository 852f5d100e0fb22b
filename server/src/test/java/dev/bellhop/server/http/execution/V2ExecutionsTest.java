// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.testkit.RealAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Executions as resources: made once, waited for, seen and listed. */
@Timeout(120)
@Tag("real")
class V2ExecutionsTest {
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String ALL = "/api/v2/executions";

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, agent.socket())
                .vm(3, folder.resolve("nobody"))
                .start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    private static TestAnswer create(String query, Map<String, Object> body) {
        return client.post(CREATE + query, Json.mapper().writeValueAsString(body));
    }

    private static JsonNode run(Map<String, Object> body) {
        TestAnswer answer = create("?wait=30", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static String stdout(JsonNode execution) {
        return execution.path("output").path("stdout").asString("");
    }

    @Test
    void aWaitBringsTheEndAndTheOutput() {
        TestAnswer answer = create("?wait=30.5", Map.of("command", "echo out; echo err >&2; exit 4"));

        JsonNode execution = answer.json();
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Location"))
                .isEqualTo(ALL + "/" + execution.path("id").asString());
        assertThat(answer.header("Idempotent-Replayed")).isNull();
        assertThat(execution.path("state").asString()).isEqualTo("exited");
        assertThat(execution.path("mode").asString()).isEqualTo("supervised");
        assertThat(execution.path("exitCode").asInt()).isEqualTo(4);
        assertThat(execution.path("output").toString())
                .isEqualTo("{\"encoding\":\"utf-8\",\"stdout\":\"out\\n\",\"stderr\":\"err\\n\"}");
        assertThat(execution.path("stdoutBytes").asInt()).isEqualTo(4);
    }

    @Test
    void aWaitThatIsOverBringsTheExecutionAsItIs() {
        JsonNode now = create("?wait=0.1", Map.of("command", "sleep 60")).json();

        // A guest with much to do may not have given a pid by then.
        assertThat(now.path("state").asString()).isIn("pending", "running");
        assertThat(now.has("finishedAt")).isFalse();
        assertThat(now.has("output")).isFalse();
        String one = ALL + "/" + now.path("id").asString();
        client.send("POST", one + "/actions/cancel", request -> {});
        assertThat(client.get(one + "?wait=30").json().path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void everythingThatIsAskedForGetsToTheCommand() {
        JsonNode execution = run(Map.of(
                "argv",
                List.of("/bin/sh", "-c", "echo \"$1 $A\"; pwd; cat", "sh", "it's $HOME"),
                "env",
                Map.of("A", "b c"),
                "cwd",
                "/usr",
                "stdin",
                "in\n",
                "timeoutSeconds",
                60,
                "labels",
                Map.of("job", "x")));

        assertThat(stdout(execution)).isEqualTo("it's $HOME b c\n/usr\nin\n");
        assertThat(execution.path("argv").path(4).asString()).isEqualTo("it's $HOME");
        assertThat(execution.has("command")).isFalse();
        assertThat(execution.path("timeoutSeconds").asInt()).isEqualTo(60);
        assertThat(execution.path("labels").path("job").asString()).isEqualTo("x");
    }

    @Test
    void bytesThatAreNoTextGoBothWaysAsBase64() {
        JsonNode execution = run(Map.of("command", "cat", "stdinBase64", "/wA="));

        assertThat(execution.path("output").toString())
                .isEqualTo("{\"encoding\":\"base64\",\"stdout\":\"/wA=\",\"stderr\":\"\"}");
    }

    @Test
    void largeOutputIsReadElsewhere() {
        JsonNode execution = run(Map.of("command", "head -c 70000 /dev/zero"));

        assertThat(execution.path("state").asString()).isEqualTo("exited");
        assertThat(execution.path("stdoutBytes").asInt()).isEqualTo(70_000);
        assertThat(execution.has("output")).isFalse();
    }

    @Test
    void aBodyLargerThanOtherRoutesTakeIsTakenHere() {
        String input = "x".repeat(300_000);

        assertThat(stdout(run(Map.of("command", "wc -c", "stdin", input))).strip())
                .isEqualTo("300000");
        assertThat(create("", Map.of("command", "true", "stdin", "x".repeat(13 << 20)))
                        .status())
                .isEqualTo(413);
    }

    @Test
    void aTimeoutEndsIt() {
        JsonNode execution = run(Map.of("command", "echo begun; sleep 60", "timeoutSeconds", 1));

        assertThat(execution.path("state").asString()).isEqualTo("timed_out");
        assertThat(stdout(execution)).isEqualTo("begun\n");
    }

    @Test
    void commandsAndOutputAreNotGivenToAKeyThatMayOnlyLook() {
        String one =
                ALL + "/" + run(Map.of("command", "echo secret")).path("id").asString();
        TestClient looking =
                server.client(server.makeKey(List.of("read:vm"), null).secret());

        for (TestAnswer seen : List.of(looking.get(one), looking.get(ALL), looking.get(CREATE))) {
            assertThat(seen.status()).isEqualTo(200);
            assertThat(seen.text()).doesNotContain("echo").contains("exited");
        }
        assertThat(looking.get(one + "?output=true").json().has("output")).isFalse();
        assertThat(looking.get(one + "?wait=1").json().has("output")).isFalse();
        assertThat(stdout(client.get(one + "?output=true").json())).isEqualTo("secret\n");
        assertThat(stdout(client.get(one + "?wait=1").json())).isEqualTo("secret\n");
        assertThat(client.get(one + "?wait=1&output=false").json().has("output"))
                .isFalse();
        assertThat(client.get(one).json().has("output")).isFalse();
    }

    private static TestAnswer createAs(String key, String body) {
        return client.send(
                "POST",
                CREATE + "?wait=30",
                request -> request.header("Idempotency-Key", key).method("POST", BodyPublishers.ofString(body)));
    }

    @Test
    void theSameKeyRunsACommandOnce() throws Exception {
        Path trace = folder.resolve("trace");
        String body = "{\"command\": \"echo x >> " + trace + "\", \"timeoutSeconds\": 60}";
        String same = "{\"timeoutSeconds\":60,\"command\":\"echo x >> " + trace + "\"}";
        TestAnswer first = createAs("one", body);
        TestAnswer second = createAs("one", same);
        server.restart();
        TestAnswer third = createAs("one", body);

        for (TestAnswer again : List.of(second, third)) {
            assertThat(again.status()).isEqualTo(201);
            assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
            assertThat(again.json()).isEqualTo(first.json());
        }
        assertThat(trace).hasContent("x\n");
    }

    @Test
    void theSameKeyRunsAHostedCommandOnceToo() {
        Path trace = folder.resolve("hosted");
        String body = "{\"command\": \"echo x >> " + trace + "\"}";
        TestAnswer first = hostedAs("hosted", body);
        TestAnswer second = hostedAs("hosted", body);
        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(first.header("Idempotent-Replayed")).isNull();
        assertThat(second.json()).isEqualTo(first.json());
        assertThat(second.header("Idempotent-Replayed")).isEqualTo("true");

        Awaitility.await().until(() -> trace.toFile().exists());
        server.restart();
        TestAnswer third = hostedAs("hosted", body);
        assertThat(third.json()).isEqualTo(first.json());
        assertThat(third.header("Idempotent-Replayed")).isEqualTo("true");
        assertThat(trace).hasContent("x\n");
        assertThat(hostedAs("hosted", "{\"command\": \"true\"}").status()).isEqualTo(422);
    }

    private static TestAnswer hostedAs(String key, String body) {
        return client.send(
                "POST",
                "/api/v2/vps/1/agent/exec",
                request -> request.header("Idempotency-Key", key).method("POST", BodyPublishers.ofString(body)));
    }

    @Test
    void theSameKeyForSomethingElseIsRefused() {
        createAs("two", "{\"command\": \"true\"}");

        TestAnswer other = createAs("two", "{\"command\": \"false\"}");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.code()).isEqualTo("idempotency_key_reused");
        assertThat(createAs("a b", "{\"command\": \"true\"}").status()).isEqualTo(400);
        assertThat(createAs("k".repeat(256), "{\"command\": \"true\"}").status())
                .isEqualTo(400);
    }

    @Test
    void anAgentThatIsNotThereRunsNothing() {
        TestAnswer answer = client.post("/api/v2/vps/3/executions", "{\"command\": \"true\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.code()).isEqualTo("agent_unavailable");
    }

    @Test
    void anAgentThatIsNotThereYetIsWaitedFor() {
        TestAnswer answer =
                client.post("/api/v2/vps/3/executions", "{\"command\": \"true\", \"deliveryTimeoutSeconds\": 600}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().path("state").asString()).isEqualTo("pending");
        String one = ALL + "/" + answer.json().path("id").asString();
        assertThat(client.send("POST", one + "/actions/cancel", request -> {}).status())
                .isEqualTo(202);
        assertThat(client.get(one + "?wait=30").json().path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void listsAreFilteredAndCutIntoPages() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Map<String, Object> body =
                    Map.of("command", "exit " + i, "labels", Map.of("list", "yes", "number", "n" + i));
            made.addFirst(run(body).path("id").asString());
        }
        List<String> listed = new ArrayList<>();
        String path = ALL + "?limit=2&label=list%3Dyes&state=exited,lost&state=running";
        TestAnswer page = client.get(path);
        page.json().path("items").forEach(item -> listed.add(item.path("id").asString()));
        while (page.json().has("nextCursor")) {
            page = client.get(path + "&cursor=" + page.json().path("nextCursor").asString());
            page.json().path("items").forEach(item -> listed.add(item.path("id").asString()));
        }

        assertThat(listed).isEqualTo(made);
        assertThat(count(ALL + "?label=list%3Dyes&label=number%3Dn3")).isEqualTo(1);
        assertThat(count(ALL + "?label=list%3Dyes&state=running")).isZero();
        assertThat(count(ALL + "?label=list%3Dyes&since=2000-01-01T00:00:00Z")).isEqualTo(5);
        assertThat(count(ALL + "?label=list%3Dyes&until=2000-01-01T00:00:00%2B01:00"))
                .isZero();
        assertThat(count(CREATE + "?label=list%3Dyes")).isEqualTo(5);
        assertThat(count("/api/v2/vps/2/executions?label=list%3Dyes")).isZero();
    }

    @Test
    void listsAreFilteredByKeyCommandAndVm() {
        TestClient.MadeKey made = server.makeKey(List.of("write:vm"), null);
        TestClient other = server.client(made.secret());
        String byOther = other.post("/api/v2/vps/2/executions?wait=30", "{\"command\": \"true\"}")
                .json()
                .path("id")
                .asString();
        assertThat(client.post("/api/v2/saved-commands", "{\"name\": \"noop\", \"argv\": [\"true\"]}")
                        .status())
                .isEqualTo(201);
        String saved = run(Map.of("savedCommand", "noop")).path("id").asString();

        assertThat(ids(ALL + "?key=" + made.id())).containsExactly(byOther);
        assertThat(ids(ALL + "?vmid=2&key=" + made.id())).containsExactly(byOther);
        assertThat(ids(ALL + "?vmid=1&key=" + made.id())).isEmpty();
        assertThat(ids(CREATE + "?key=" + made.id())).isEmpty();
        assertThat(ids(ALL + "?savedCommand=noop")).containsExactly(saved);
        assertThat(ids(CREATE + "?savedCommand=noop&state=exited")).containsExactly(saved);
        assertThat(ids(ALL + "?savedCommand=none")).isEmpty();
        assertThat(ids(ALL + "?vmid=1")).contains(saved).doesNotContain(byOther);

        TestClient ofTwo =
                server.client(server.makeKey(List.of("read:vm"), List.of(2L)).secret());
        assertThat(ofTwo.get(ALL + "?vmid=1").json().path("items")).isEmpty();
        assertThat(ofTwo.get(ALL + "?savedCommand=noop").json().path("items")).isEmpty();
    }

    private static List<String> ids(String path) {
        TestAnswer answer = client.get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("items")
                .valueStream()
                .map(each -> each.path("id").asString())
                .toList();
    }

    private static int count(String path) {
        TestAnswer answer = client.get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("items").size();
    }

    @Test
    void aKeyThatIsLimitedToSomeVmsListsTheirExecutions() {
        run(Map.of("command", "true"));
        TestClient limited =
                server.client(server.makeKey(List.of("read:vm"), List.of(2L)).secret());

        assertThat(limited.get(ALL).json().path("items").isEmpty()).isTrue();
        assertThat(client.get(ALL).json().path("items").isEmpty()).isFalse();
    }

    @Test
    void badQueriesAreNamed() {
        Map<String, String> faults = Map.of(
                "state=ended", "state",
                "state=exited,", "state",
                "label=x", "label",
                "label=%3Dx", "label",
                "label=a%3D1&label=a%3D2", "label",
                "since=yesterday", "since",
                "until=2026-01-31T09:30:00", "until",
                "limit=101", "limit",
                "cursor=x", "cursor");
        faults.forEach((query, parameter) -> {
            TestAnswer answer = client.get(ALL + "?" + query);
            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().path("errors").path(0).path("parameter").asString())
                    .as(query)
                    .isEqualTo(parameter);
        });
        for (String wait : List.of("-1", "60.1", "x", "1e1", "")) {
            assertThat(create("?wait=" + wait, Map.of("command", "true")).status())
                    .as(wait)
                    .isEqualTo(400);
        }
    }

    @Test
    void aSupervisorsRejectionHasAPidInBothVersions() throws Exception {
        Path own = Files.createDirectory(folder.resolve("full"));
        try (RealAgent guest = RealAgent.start(Files.createDirectory(own.resolve("a")));
                TestServer full = TestServer.in(own).vm(1, guest.socket()).start()) {
            TestClient admin = full.admin();
            admin.post(CREATE + "?wait=30", "{\"command\": \"true\"}");
            Files.move(own.resolve("spool"), own.resolve("away"));
            Files.createFile(own.resolve("spool"));

            JsonNode rejected =
                    admin.post(CREATE + "?wait=30", "{\"command\": \"true\"}").json();
            assertThat(rejected.path("state").asString()).isEqualTo("rejected");
            assertThat(rejected.path("reason").asString()).isEqualTo("spool_unavailable");
            JsonNode v1 = admin.result(1, rejected.path("pid").asLong()).data();
            assertThat(v1.path("exited").asBoolean()).isTrue();
            assertThat(v1.path("reason").asString()).isEqualTo("spool_unavailable");
            assertThat(admin.get(ALL + "?state=rejected").json().path("items").size())
                    .isEqualTo(1);
        }
    }

    @Test
    void aFullQueueSaysWhenToTryAgainInBothVersions() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        GuestSettings guests =
                new GuestSettings(true, small.resolve("spool").toString(), GuestSettings.MAX_OUTPUT_BYTES);
        try (TestServer tight = TestServer.in(small)
                .vm(1, agent.socket())
                .executions(new ExecutionSettings(guests, new ExecutionLimits(1, 100, 1)))
                .start()) {
            TestClient admin = tight.admin();
            String sleep = "{\"command\": \"sleep 60\"}";
            JsonNode first = admin.post(CREATE, sleep).json();
            JsonNode second = admin.post(CREATE, sleep).json();
            TestAnswer third = admin.post(CREATE, sleep);
            TestAnswer hosted = admin.post("/api/v2/vps/1/agent/exec", sleep);
            TestAnswer v1 = admin.tryExec(1, "sleep 60");

            assertThat(first.path("state").asString()).isEqualTo("running");
            assertThat(second.path("state").asString()).isEqualTo("pending");
            assertThat(second.path("queuePlace").asInt()).isEqualTo(1);
            for (TestAnswer refused : List.of(third, hosted, v1)) {
                assertThat(refused.status()).isEqualTo(429);
                assertThat(refused.header("Retry-After")).isEqualTo("1");
            }
            for (TestAnswer refused : List.of(third, hosted)) {
                assertThat(refused.code()).isEqualTo("too_many_executions");
                assertThat(refused.header("X-RateLimit-Limit"))
                        .as("one that runs and one that waits")
                        .isEqualTo("2");
                assertThat(refused.header("X-RateLimit-Remaining")).isEqualTo("0");
                assertThat(refused.header("X-RateLimit-Reset")).isEqualTo("1");
            }
            assertThat(v1.json().path("retryAfter").asInt()).isEqualTo(1);
            for (JsonNode execution : List.of(second, first)) {
                String one = ALL + "/" + execution.path("id").asString();
                admin.send("POST", one + "/actions/cancel", request -> {});
                assertThat(admin.get(one + "?wait=30").json().path("state").asString())
                        .isEqualTo("cancelled");
            }
        }
    }
}
