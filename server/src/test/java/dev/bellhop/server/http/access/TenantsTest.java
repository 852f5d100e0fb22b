// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the keys of an account see of its VMs, of those of others, and of VMs that change their owner. */
@Timeout(120)
class TenantsTest {
    private static final String EXECUTIONS = "/api/v2/executions";

    /** Whoever waits for a heartbeat before it looks at a reader's rights does not look in the time of a test. */
    private static final Timeouts RARE_HEARTBEAT = new Timeouts(
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofHours(1));

    @TempDir
    private Path folder;

    private FakeAgent agent;
    private FakeAgent otherAgent;
    private TestServer server;
    private TestClient operator;
    private final AtomicLong pid = new AtomicLong(7);
    private final Map<Long, Boolean> running = new ConcurrentHashMap<>();
    private String ours = "";
    private String theirs = "";
    private TestClient we;
    private TestClient they;

    @BeforeEach
    void start() {
        agent = agent("1.sock");
        otherAgent = agent("2.sock");
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, otherAgent.socket())
                .vm(3, folder.resolve("3.sock"))
                .timeouts(RARE_HEARTBEAT)
                .direct()
                .start();
        operator = server.client(server.makeKey(List.of("write:vm"), null).secret());
        ours = server.makeAccount("ours", 1);
        theirs = server.makeAccount("theirs", 2);
        we = server.tenant(ours, "write:vm");
        they = server.tenant(theirs, "write:vm");
    }

    /** One whose commands run for as long as their pid is among the running. */
    private FakeAgent agent(String socket) {
        FakeAgent made = FakeAgent.start(folder.resolve(socket));
        made.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pid + "}"));
        made.on("guest-exec-status", (request, wire) -> {
            long asked = Json.mapper().readTree(request.arguments()).path("pid").asLong();
            wire.reply(
                    running.containsKey(asked)
                            ? "{\"exited\": false}"
                            : "{\"exited\": true, \"exitcode\": 0, \"out-data\": \"c2VjcmV0\"}");
        });
        return made;
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
        otherAgent.close();
    }

    private static List<Long> vms(TestClient client) {
        return client.get("/api/v2/vps")
                .json()
                .path("items")
                .valueStream()
                .map(vm -> vm.path("vmid").asLong())
                .toList();
    }

    private static List<String> executions(TestClient client, String path) {
        return client.get(path)
                .json()
                .path("items")
                .valueStream()
                .map(execution -> execution.path("id").asString())
                .toList();
    }

    private static String create(TestClient client, long vm, String more) {
        TestAnswer created =
                client.post("/api/v2/vps/" + vm + "/executions", "{\"command\": \"echo secret\"" + more + "}");
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        return created.json().path("id").asString();
    }

    private static JsonNode ended(TestClient client, String id) {
        return client.get(EXECUTIONS + "/" + id + "?wait=60").json();
    }

    @Test
    void eachSeesItsOwnVmsAndTheOperatorAll() {
        assertThat(vms(we)).containsExactly(1L);
        assertThat(vms(they)).containsExactly(2L);
        assertThat(vms(operator)).containsExactly(1L, 2L, 3L);
        assertThat(we.get(statusPath(1)).status()).isEqualTo(200);
        assertThat(we.get(statusPath(3)).status()).isEqualTo(404);
        assertThat(operator.get(statusPath(2)).status()).isEqualTo(200);
    }

    @Test
    void aListOfVmsNarrowsWhatTheAccountOwns() {
        server.assign(3, ours);
        String limited = keyIn(server.admin()
                .post(
                        "/api/v2/keys",
                        "{\"name\": \"n\", \"scopes\": [\"write:vm\"], \"vms\": [2, 3], \"account\": \"" + ours
                                + "\"}"));
        assertThat(vms(server.client(limited))).containsExactly(3L);
        String execution = create(we, 1, "");
        assertThat(ended(we, execution).path("state").asString()).isEqualTo("exited");
        assertThat(server.client(limited).get(EXECUTIONS + "/" + execution).status())
                .isEqualTo(404);
        assertThat(executions(server.client(limited), EXECUTIONS)).isEmpty();
        assertThat(executions(we, EXECUTIONS)).containsExactly(execution);
    }

    private static String keyIn(TestAnswer made) {
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json().path("key").asString();
    }

    @Test
    void anExecutionIsItsAccountsAndTheOperators() {
        String id = create(we, 1, "");
        assertThat(ended(we, id).path("account").asString()).isEqualTo(ours);
        assertThat(ended(operator, id).path("account").asString()).isEqualTo(ours);
        String operators = create(operator, 1, "");
        assertThat(ended(operator, operators).has("account")).isFalse();

        assertThat(we.get(EXECUTIONS + "/" + operators).status()).isEqualTo(404);
        assertThat(executions(we, EXECUTIONS)).containsExactly(id);
        assertThat(executions(we, "/api/v2/vps/1/executions")).containsExactly(id);
        assertThat(executions(operator, EXECUTIONS)).containsExactly(operators, id);
        assertThat(executions(they, EXECUTIONS)).isEmpty();
    }

    /** In whatever state it is, and whatever is to be done with it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExecutionOfAnotherLooksLikeOneThatDoesNotExist(boolean runs) {
        if (runs) {
            running.put(7L, true);
        }
        String id = create(we, 1, "");
        if (!runs) {
            ended(we, id);
        }
        String other = id.replaceAll(".$", id.endsWith("0") ? "1" : "0");
        for (String way : List.of(
                "GET ",
                "GET ?wait=1",
                "GET ?output=true",
                "GET /output",
                "GET /events",
                "POST /actions/cancel",
                "POST /actions/signal",
                "POST /stdin?offset=0")) {
            String method = way.split(" ", 2)[0];
            String rest = way.split(" ", 2)[1];
            assertThat(telling(they.send(method, EXECUTIONS + "/" + id + rest, request -> {}))
                            .replace(id, "?"))
                    .as(way)
                    .startsWith("404")
                    .isEqualTo(telling(they.send(method, EXECUTIONS + "/" + other + rest, request -> {}))
                            .replace(other, "?"));
        }
        assertThat(telling(they.get(execPath(1) + "?pid=7")))
                .startsWith("404")
                .isEqualTo(telling(they.get(execPath(9) + "?pid=7")).replace("VM 9", "VM 1"));
        running.clear();
        assertThat(ended(we, id).path("state").asString()).isEqualTo("exited");
    }

    /** All of an answer but for ids and times. */
    private static String telling(TestAnswer answer) {
        String text = answer.text()
                .replace(answer.json().path("requestId").asString(), "?")
                .replace(answer.json().path("timestamp").asString(), "?");
        return answer.status() + " " + answer.headers().map().keySet() + " " + text;
    }

    @Test
    void neitherOwnerOfAVmSeesAnythingOfTheOthers() {
        String id = create(we, 1, "");
        ended(we, id);
        server.assign(1, theirs);
        for (int round = 0; round < 2; round++) {
            for (TestClient client : List.of(we, they)) {
                assertThat(client.get(EXECUTIONS + "/" + id).status()).isEqualTo(404);
                assertThat(client.get(EXECUTIONS + "/" + id + "/output").status())
                        .isEqualTo(404);
                assertThat(executions(client, EXECUTIONS)).isEmpty();
                assertThat(client.get(execPath(1) + "?pid=7").status()).isEqualTo(404);
            }
            assertThat(we.get(statusPath(1)).status()).isEqualTo(404);
            assertThat(they.get(statusPath(1)).data().path("processes").isEmpty())
                    .isTrue();
            assertThat(executions(they, "/api/v2/vps/1/executions")).isEmpty();
            assertThat(executions(operator, EXECUTIONS)).containsExactly(id);
            assertThat(operator.get(execPath(1) + "?pid=7")
                            .data()
                            .path("stdout")
                            .asString())
                    .isEqualTo("secret");
            server.restart();
        }

        server.assign(1, ours);
        assertThat(ended(we, id).path("account").asString()).isEqualTo(ours);
        assertThat(executions(we, EXECUTIONS)).containsExactly(id);
        assertThat(we.get(statusPath(1)).data().path("processes").size()).isEqualTo(1);
    }

    /** Nobody's VM any more: the account loses it as to another account. */
    @Test
    void aVmThatIsTakenAwayIsTheOperators() {
        String id = create(we, 1, "");
        ended(we, id);
        server.admin().send("POST", "/api/v2/vps/1/actions/unassign", request -> {});

        assertThat(vms(we)).isEmpty();
        assertThat(we.get(EXECUTIONS + "/" + id).status()).isEqualTo(404);
        assertThat(we.tryExec(1, "x").status()).isEqualTo(404);
        assertThat(operator.get(EXECUTIONS + "/" + id).status()).isEqualTo(200);
    }

    @Test
    void ofCommandsWithOnePidEachSeesTheNewestOfItsOwn() {
        long mine = we.exec(1, "mine");
        String id = we.result(1, mine).data().path("executionId").asString();
        operator.exec(1, "operators");
        String newest = operator.result(1, mine).data().path("executionId").asString();

        assertThat(newest).isNotEqualTo(id);
        assertThat(we.result(1, mine).data().path("executionId").asString()).isEqualTo(id);
        assertThat(we.get("/api/v2/vps/1/agent/exec?pid=" + mine)
                        .json()
                        .path("stdout")
                        .asString())
                .isEqualTo("secret");
        server.restart();
        assertThat(we.result(1, mine).data().path("executionId").asString()).isEqualTo(id);
        assertThat(operator.result(1, mine).data().path("executionId").asString())
                .isEqualTo(newest);
    }

    @Test
    void oneNameForAStartIsAnotherForEachKey() {
        String one = named(we, 1);
        String two = named(they, 2);

        assertThat(one).isNotEqualTo(two);
        assertThat(named(we, 1)).isEqualTo(one);
        server.assign(1, theirs);
        assertThat(named(they, 2)).isEqualTo(two);
        TestAnswer gone = we.send(
                "POST",
                "/api/v2/vps/1/executions",
                request -> request.header("Idempotency-Key", "n")
                        .method("POST", BodyPublishers.ofString("{\"command\": \"x\"}")));
        assertThat(gone.status()).isEqualTo(404);
    }

    private static String named(TestClient client, long vm) {
        TestAnswer created = client.send(
                "POST",
                "/api/v2/vps/" + vm + "/executions",
                request -> request.header("Idempotency-Key", "n")
                        .method("POST", BodyPublishers.ofString("{\"command\": \"x\"}")));
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        return created.json().path("id").asString();
    }

    /** A command that waits for its agent must not run in what is another's VM by then. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWaitsInAVmIsNotStartedForItsNextOwner(boolean restarted) throws Exception {
        server.assign(3, ours);
        String id = create(we, 3, ", \"deliveryTimeoutSeconds\": 3600");
        String operators = create(operator, 3, ", \"deliveryTimeoutSeconds\": 3600");
        server.assign(3, theirs);
        if (restarted) {
            server.restart();
        }
        try (FakeAgent late = agent("3.sock")) {
            assertThat(ended(operator, operators).path("state").asString()).isEqualTo("exited");
            JsonNode end = ended(operator, id);
            assertThat(end.path("state").asString()).isEqualTo("rejected");
            assertThat(end.path("reason").asString()).isEqualTo("vm_reassigned");
            assertThat(late.requests().stream()
                            .filter(request -> request.command().equals("guest-exec")))
                    .hasSize(1);
        }
    }

    /** The new owner is not to find the queue full, nor to learn from its place how long it is. */
    @Test
    void whatWaitsForItsTurnGivesUpItsPlaceWithItsVm() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        try (TestServer tight = TestServer.in(small)
                .vm(1, agent.socket())
                .executions(new ExecutionSettings(TestExecutions.DIRECT.guests(), new ExecutionLimits(1, 100, 1)))
                .start()) {
            running.put(7L, true);
            TestClient admin = tight.admin();
            TestClient former = tight.tenant(tight.makeAccount("former", 1), "write:vm");
            String next = tight.makeAccount("next");
            String first = create(former, 1, "");
            String second = create(former, 1, "");
            assertThat(former.get(EXECUTIONS + "/" + second).json().has("queuePlace"))
                    .isFalse();
            tight.assign(1, next);

            JsonNode end = ended(admin, second);
            assertThat(end.path("reason").asString()).isEqualTo("vm_reassigned");
            String third = create(tight.tenant(next, "write:vm"), 1, "");
            admin.send("POST", "/api/v2/vps/1/actions/unassign", request -> {});
            assertThat(ended(admin, third).path("reason").asString()).isEqualTo("vm_reassigned");
            assertThat(admin.get(EXECUTIONS + "/" + first).json().path("state").asString())
                    .isEqualTo("running");
        }
    }

    @Test
    void stdinThatWaitsForTheStartEndsWithTheRightToWriteIt() {
        server.assign(3, ours);
        String id = create(we, 3, ", \"stdinFollows\": true, \"deliveryTimeoutSeconds\": 3600");
        CompletableFuture<TestAnswer> written = CompletableFuture.supplyAsync(() -> we.send(
                "POST",
                EXECUTIONS + "/" + id + "/stdin?offset=0",
                request -> request.method("POST", BodyPublishers.ofString("x"))));
        server.assign(3, theirs);

        assertThat(written.join().status()).isEqualTo(404);
    }

    @Test
    void aStreamEndsWithTheRightToReadIt() throws Exception {
        running.put(7L, true);
        String id = create(we, 1, "");
        TestClient.MadeKey key = server.makeKeyOf(ours, "write:vm");
        String path = EXECUTIONS + "/" + id + "/events";
        try (EventReader moved = EventReader.open(server.uri(), path, key.secret(), null);
                EventReader operators = EventReader.open(server.uri(), path, server.adminKey(), null)) {
            assertThat(Objects.requireNonNull(moved.next()).state()).isEqualTo("running");
            assertThat(Objects.requireNonNull(operators.next()).state()).isEqualTo("running");
            server.assign(1, theirs);
            assertThat(moved.next()).isNull();
            server.assign(1, ours);
            try (EventReader revoked = EventReader.open(server.uri(), path, key.secret(), null)) {
                assertThat(Objects.requireNonNull(revoked.next()).state()).isEqualTo("running");
                server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
                assertThat(revoked.next()).isNull();
            }
            running.clear();
            assertThat(Objects.requireNonNull(operators.next()).data().has("stream"))
                    .isTrue();
        }
    }

    /** Each stream ends with the secret that it was opened with, and not before. */
    @Test
    void aStreamEndsWithItsSecret() throws Exception {
        running.put(7L, true);
        String path = EXECUTIONS + "/" + create(we, 1, "") + "/events";
        TestClient.MadeKey key = server.makeKeyOf(ours, "write:vm");
        try (EventReader first = EventReader.open(server.uri(), path, key.secret(), null)) {
            assertThat(Objects.requireNonNull(first.next()).state()).isEqualTo("running");
            try (EventReader second = EventReader.open(server.uri(), path, rotated(key.id()), null)) {
                assertThat(Objects.requireNonNull(second.next()).state()).isEqualTo("running");
                try (EventReader third = EventReader.open(server.uri(), path, rotated(key.id()), null)) {
                    assertThat(Objects.requireNonNull(third.next()).state()).isEqualTo("running");
                    assertThat(first.next()).isNull();
                    running.clear();
                    assertThat(Objects.requireNonNull(second.next()).data().has("stream"))
                            .isTrue();
                    assertThat(Objects.requireNonNull(third.next()).data().has("stream"))
                            .isTrue();
                }
            }
        }
    }

    /** The new secret of a key whose old one stays valid. */
    private String rotated(String keyId) {
        return server.admin()
                .post("/api/v2/keys/" + keyId + "/actions/rotate", "{\"overlapSeconds\": 3600}")
                .json()
                .path("key")
                .asString();
    }

    @Test
    void aWaitEndsWithTheRightToIt() throws Exception {
        running.put(7L, true);
        String id = create(we, 1, "");
        TestClient.MadeKey key = server.makeKeyOf(ours, "write:vm");
        String path = EXECUTIONS + "/" + id + "?wait=60";
        try (RawHttp moved = new RawHttp(server.uri())) {
            moved.request("GET", path, "Authorization: Bearer " + key.secret());
            followers(1);
            server.assign(1, theirs);
            assertThat(moved.answer().status()).isEqualTo(404);
        }
        server.assign(1, ours);
        try (RawHttp revoked = new RawHttp(server.uri())) {
            revoked.request("GET", path, "Authorization: Bearer " + key.secret());
            followers(1);
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
            assertThat(revoked.answer().status()).isEqualTo(401);
        }
        assertThat(we.get(EXECUTIONS + "/" + id).json().path("state").asString())
                .as("it runs on")
                .isEqualTo("running");
    }

    /** A start takes as long as it takes; who waits for it does not. */
    @Test
    void aWaitThatBeganWithTheStartEndsWithTheRightToIt() throws Exception {
        running.put(7L, true);
        TestClient.MadeKey key = server.makeKeyOf(ours, "write:vm");
        String body = "{\"command\": \"x\"}";
        try (RawHttp revoked = new RawHttp(server.uri())) {
            revoked.request(
                    "POST",
                    "/api/v2/vps/1/executions?wait=60",
                    "Authorization: Bearer " + key.secret(),
                    "Content-Length: " + body.length());
            revoked.send(body);
            followers(1);
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
            assertThat(revoked.answer().status()).isEqualTo(401);
        }
        String id = executions(we, EXECUTIONS).getFirst();
        assertThat(we.get(EXECUTIONS + "/" + id).json().path("state").asString())
                .isEqualTo("running");
    }

    private void followers(int count) {
        Awaitility.await()
                .until(() -> server.scraper()
                        .get("/metrics")
                        .text()
                        .lines()
                        .anyMatch(line -> line.matches("bellhop_followers " + count + "([.]0)?")));
    }
}
