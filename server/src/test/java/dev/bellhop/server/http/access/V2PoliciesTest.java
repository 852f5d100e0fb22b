// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Policies of keys and accounts: how they are given, and that they hold before anything is stored or sent. */
class V2PoliciesTest {
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String HOSTED = "/api/v2/vps/1/agent/exec";
    private static final String NO_REBOOT =
            "{\"rules\": [{\"name\": \"no-reboot\", \"effect\": \"deny\", \"command\": \"reboot\"}]}";
    private static final String WALL = "{\"onlySavedCommands\": true}";
    private static final String REBOOT = "{\"command\": \"reboot --hunter2\"}";

    @TempDir
    private Path folder;

    private final AtomicInteger sent = new AtomicInteger();
    private FakeAgent agent;
    private TestServer server;
    private String account = "";
    private TestClient boss;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> {
            sent.incrementAndGet();
            wire.reply("{\"pid\": 7}");
        });
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": false}"));
        server = TestServer.in(folder).direct().vm(1, agent.socket()).start();
        account = server.makeAccount("ours", 1);
        boss = server.tenant(account, "admin:account", "write:vm");
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private static TestAnswer put(TestClient caller, String path, String policy) {
        return caller.send("PUT", path, request -> request.method("PUT", BodyPublishers.ofString(policy)));
    }

    private static String ofKey(String id) {
        return "/api/v2/keys/" + id + "/policy";
    }

    private String ofAccount() {
        return "/api/v2/accounts/" + account + "/policy";
    }

    private static TestAnswer delete(TestClient caller, String path) {
        return caller.send("DELETE", path, request -> {});
    }

    private int stored() {
        return server.admin().get(CREATE).json().path("items").size();
    }

    private static void refused(TestAnswer answer, String policy, String rule) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.json().path("code").stringValue()).isEqualTo("policy_refused");
        assertThat(answer.json().path("policy").stringValue()).isEqualTo(policy);
        assertThat(answer.json().path("rule").stringValue()).isEqualTo(rule);
        assertThat(answer.text()).contains(rule).doesNotContain("hunter2");
    }

    @Test
    void aPolicyIsGivenShownAndTakenAwayAndOutlivesARestart() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        assertThat(boss.get(ofKey(key.id())).status()).isEqualTo(404);
        String all = "{\"onlySavedCommands\": false, \"savedCommands\": [\"b\", \"a\"], \"rules\": [{\"name\": \"r\","
                + " \"effect\": \"allow\", \"command\": \"c\", \"argv0\": \"a\", \"user\": \"u\", \"shell\": \"s\"}]}";
        JsonNode shown = Json.mapper().readTree(all.replace("\"b\", \"a\"", "\"a\", \"b\""));

        assertThat(put(boss, ofKey(key.id()), all).json()).isEqualTo(shown);
        assertThat(put(server.admin(), ofAccount(), NO_REBOOT).status()).isEqualTo(201);
        server.restart();
        assertThat(boss.get(ofKey(key.id())).json()).isEqualTo(shown);
        refused(boss.post(CREATE, REBOOT), "account", "no-reboot");
        assertThat(delete(boss, ofKey(key.id())).status()).isEqualTo(204);
        assertThat(delete(boss, ofKey(key.id())).status()).isEqualTo(204);
        assertThat(delete(server.admin(), ofAccount()).status()).isEqualTo(204);
        server.restart();
        assertThat(boss.get(ofKey(key.id())).status()).isEqualTo(404);
        assertThat(server.admin().get(ofAccount()).status()).isEqualTo(404);
    }

    @Test
    void whatItForbidsIsNeitherStoredNorSent() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), NO_REBOOT);
        TestClient caller = server.client(key.secret());

        refused(caller.post(CREATE, REBOOT), "key", "no-reboot");
        refused(caller.post(CREATE + "?wait=1", "{\"argv\": [\"sh\", \"-c\", \"reboot\"]}"), "key", "no-reboot");
        refused(caller.post(HOSTED, REBOOT), "key", "no-reboot");
        TestAnswer v1 = caller.tryExec(1, "reboot --hunter2");
        assertThat(v1.status()).isEqualTo(400);
        assertThat(v1.json().path("code").stringValue()).isEqualTo("BAD_REQUEST");
        assertThat(v1.json().path("message").stringValue())
                .contains("no-reboot")
                .doesNotContain("hunter2");

        assertThat(sent).hasValue(0);
        assertThat(stored()).isZero();
        // Others are as free as before.
        assertThat(boss.post(CREATE, REBOOT).status()).isEqualTo(201);
        assertThat(caller.post(CREATE, "{\"command\": \"uptime\"}").status()).isEqualTo(201);
        assertThat(sent).hasValue(2);
    }

    @Test
    void aDryRunTellsWhatPolicySaysAndDoesNothing() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), NO_REBOOT);
        TestClient caller = server.client(key.secret());
        String dry = CREATE + "/actions/check";

        TestAnswer refused = caller.send(
                "POST",
                dry,
                request -> request.header("Idempotency-Key", "x").method("POST", BodyPublishers.ofString(REBOOT)));
        assertThat(refused.status()).isEqualTo(200);
        assertThat(refused.json())
                .isEqualTo(Json.mapper()
                        .readTree("{\"decision\": \"refused\", \"policy\": \"key\", \"rule\": \"no-reboot\"}"));
        assertThat(boss.post(dry, REBOOT).json()).isEqualTo(Json.mapper().readTree("{\"decision\": \"allowed\"}"));
        assertThat(sent).hasValue(0);
        assertThat(stored()).isZero();

        // As the real one is refused, so is this.
        assertThat(faults(caller.post(dry, "{\"command\": \"x\", \"cwd\": \"x\"}")))
                .isEqualTo("/cwd malformed");
        assertThat(caller.post(dry.replace("/1/", "/2/"), REBOOT).status()).isEqualTo(404);
        assertThat(server.tenant(server.makeAccount("theirs"), "write:vm")
                        .post(dry, REBOOT)
                        .status())
                .isEqualTo(404);
        // Nobody who means the parameter of old runs the command.
        for (String old : List.of("true", "false", "yes", "")) {
            TestAnswer unknown = boss.post(CREATE + "?dryRun=" + old, REBOOT);
            assertThat(unknown.status()).isEqualTo(400);
            assertThat(unknown.json().at("/errors/0/parameter").stringValue()).isEqualTo("dryRun");
        }
        assertThat(sent).hasValue(0);

        // The name is free, and the trail has nothing of it.
        assertThat(caller.send(
                                "POST",
                                CREATE,
                                request -> request.header("Idempotency-Key", "x")
                                        .method("POST", BodyPublishers.ofString("{\"command\": \"x\"}")))
                        .status())
                .isEqualTo(201);
        JsonNode trail = server.admin()
                .get("/api/v2/audit?outcome=done&key=" + key.id())
                .json()
                .path("items");
        assertThat(trail.size()).isEqualTo(1);
    }

    /** A refused request leaves its name free for another one. */
    @Test
    void theIdempotencyKeyOfARefusedRequestIsNotUsedUp() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), NO_REBOOT);
        TestClient caller = server.client(key.secret());

        refused(
                caller.send(
                        "POST",
                        CREATE,
                        request ->
                                request.header("Idempotency-Key", "x").method("POST", BodyPublishers.ofString(REBOOT))),
                "key",
                "no-reboot");
        assertThat(caller.send(
                                "POST",
                                CREATE,
                                request -> request.header("Idempotency-Key", "x")
                                        .method("POST", BodyPublishers.ofString("{\"command\": \"x\"}")))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void theAuditTrailNamesTheRuleAndNothingOfTheCommand() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), NO_REBOOT);
        TestClient caller = server.client(key.secret());
        caller.post(CREATE, REBOOT);
        caller.tryExec(1, "reboot");

        List<JsonNode> records = server.admin()
                .get("/api/v2/audit?outcome=refused&key=" + key.id())
                .json()
                .path("items")
                .valueStream()
                .toList();
        assertThat(records).hasSize(2).allSatisfy(record -> {
            assertThat(record.path("code").stringValue()).isEqualTo("policy_refused");
            assertThat(record.path("subject").stringValue()).isEqualTo("key:no-reboot");
            assertThat(record.toString()).doesNotContain("hunter2");
        });
    }

    @Test
    void anAccountsPolicyBindsAllItsKeysAndNoOther() {
        String other = server.makeAccount("theirs");
        assertThat(put(server.admin(), ofAccount(), WALL).status()).isEqualTo(201);

        refused(boss.post(CREATE, REBOOT), "account", "onlySavedCommands");
        refused(server.tenant(account, "write:vm").post(CREATE, REBOOT), "account", "onlySavedCommands");
        assertThat(server.admin().post(CREATE, REBOOT).status()).isEqualTo(201);
        server.assign(1, other);
        assertThat(server.tenant(other, "write:vm").post(CREATE, REBOOT).status())
                .isEqualTo(201);
    }

    @Test
    void anOperatorsKeyIsBoundByItsOwnPolicyAlone() {
        put(server.admin(), ofAccount(), NO_REBOOT);
        TestAnswer made = server.admin()
                .post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"write:vm\"], \"policy\": " + WALL + "}");
        TestClient bound = server.client(made.json().path("key").stringValue());

        refused(bound.post(CREATE, REBOOT), "key", "onlySavedCommands");
        server.restart();
        refused(bound.post(CREATE, REBOOT), "key", "onlySavedCommands");
    }

    @Test
    void whoManagesKeysHasNoPolicyOfItsOwn() {
        TestAnswer made = server.admin()
                .post(
                        "/api/v2/keys",
                        "{\"name\": \"n\", \"scopes\": [\"admin:account\"], \"account\": \"" + account
                                + "\", \"policy\": " + WALL + "}");
        assertThat(faults(made)).isEqualTo("/policy unknown_field");

        String bossId =
                boss.get("/api/v2/keys").json().path("items").path(0).path("id").stringValue();
        TestAnswer given = put(server.admin(), ofKey(bossId), WALL);
        assertThat(given.status()).isEqualTo(400);
        assertThat(given.message()).contains("admin:account");
        assertThat(put(boss, ofKey(bossId), WALL).status()).isEqualTo(400);
        assertThat(server.admin().get(ofKey(bossId)).status()).isEqualTo(404);
    }

    @Test
    void aKeyOfAnotherAccountDoesNotExist() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), WALL);
        TestClient stranger = server.tenant(server.makeAccount("theirs"), "admin:account");

        for (String id : List.of(key.id(), "ffffffffffff")) {
            assertThat(stranger.get(ofKey(id)).status()).isEqualTo(404);
            assertThat(put(stranger, ofKey(id), NO_REBOOT).status()).isEqualTo(404);
            assertThat(delete(stranger, ofKey(id)).status()).isEqualTo(404);
        }
        refused(server.client(key.secret()).post(CREATE, REBOOT), "key", "onlySavedCommands");
    }

    /** A shell that another key has left open takes commands, too. */
    @Test
    void aKeyWithAPolicyWritesToNobodyElsesStdin() {
        String execution =
                boss.post(CREATE, "{\"command\": \"sh\"}").json().path("id").stringValue();
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        put(boss, ofKey(key.id()), NO_REBOOT);

        TestAnswer answer = server.client(key.secret())
                .send(
                        "POST",
                        "/api/v2/executions/" + execution + "/stdin?offset=0",
                        request -> request.method("POST", BodyPublishers.ofString("reboot")));
        refused(answer, "key", "othersStdin");
    }

    private static String faults(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        return answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("pointer").stringValue() + " "
                        + error.path("code").stringValue())
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rule\": []} /rule unknown_field",
                "{\"savedCommands\": [\"A\"]} /savedCommands/0 malformed",
                "{\"rules\": [{\"name\": \"a\", \"effect\": \"deny\"}]} /rules/0 required",
                "{\"rules\": [{\"name\": \"A b\", \"effect\": \"deny\", \"user\": \"x\"}]} /rules/0/name malformed",
                "{\"rules\": [{\"name\": \"a\", \"effect\": \"no\", \"user\": \"x\"}]} /rules/0/effect unknown_value",
                "{\"rules\": [{\"name\": \"a\", \"effect\": \"deny\", \"user\": \"(\"}]} /rules/0/user malformed",
                "{\"rules\": [{\"name\": \"a\", \"effect\": \"deny\", \"argv0\": \"a{101}\"}]} /rules/0/argv0 malformed"
            })
    void whatIsWrongWithAPolicyIsNamed(String row) {
        int end = row.lastIndexOf('}') + 1;
        String policy = row.substring(0, end);
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");

        assertThat(faults(put(boss, ofKey(key.id()), policy))).isEqualTo(row.substring(end + 1));
        assertThat(boss.get(ofKey(key.id())).status()).isEqualTo(404);
        if (!row.contains("/rule ")) {
            TestAnswer made = boss.post(
                    "/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"write:vm\"], \"policy\": " + policy + "}");
            assertThat(faults(made)).isEqualTo("/policy" + row.substring(end + 1));
        }
    }

    @Test
    void rulesAreBoundedInNumberAndInWhatTheyCost() {
        String rule = "{\"name\": \"NAME\", \"effect\": \"deny\", \"command\": \"PATTERN\"}";
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        String same = rule.replace("NAME", "a").replace("PATTERN", "x");

        assertThat(faults(put(boss, ofKey(key.id()), "{\"rules\": [" + same + "," + same + "]}")))
                .isEqualTo("/rules/1/name unknown_value");
        assertThat(faults(put(boss, ofKey(key.id()), many(rule, 101, "x")))).isEqualTo("/rules out_of_range");
        assertThat(faults(put(boss, ofKey(key.id()), many(rule, 25, "[a-z]{100}"))))
                .isEqualTo("/rules out_of_range");
        assertThat(put(boss, ofKey(key.id()), many(rule, 100, "x")).status()).isEqualTo(201);
    }

    private static String many(String rule, int count, String pattern) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> rule.replace("NAME", "r" + i).replace("PATTERN", pattern))
                .collect(Collectors.joining(",", "{\"rules\": [", "]}"));
    }

    @Test
    void aBodyThatIsNoPolicyIsRefused() {
        TestClient.MadeKey key = server.makeKeyOf(account, "write:vm");
        assertThat(put(boss, ofKey(key.id()), "").status()).isEqualTo(400);
        assertThat(put(boss, ofKey(key.id()), Json.mapper().writeValueAsString(Map.of("x", "y".repeat(70_000))))
                        .status())
                .isEqualTo(413);
    }
}
