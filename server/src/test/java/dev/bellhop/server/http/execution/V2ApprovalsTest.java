// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands of a key that somebody else has to approve, and who that may be. */
class V2ApprovalsTest {
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String COMMAND = "{\"command\": \"deploy\"}";
    private static final String APPROVAL = "{\"approval\": true}";

    @TempDir
    private Path folder;

    private final AtomicInteger sent = new AtomicInteger();
    private FakeAgent agent;
    private TestServer server;
    private String account = "";
    private TestClient.MadeKey assistantKey;
    private TestClient assistant;
    private TestClient person;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> {
            sent.incrementAndGet();
            wire.reply("{\"pid\": 7}");
        });
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        server = TestServer.in(folder)
                .direct()
                .vm(1, agent.socket())
                .vm(2, folder.resolve("late.sock"))
                .start();
        account = server.makeAccount("ours", 1, 2);
        assistantKey = server.makeKeyOf(account, "write:vm");
        setPolicy(assistantKey.id(), APPROVAL);
        assistant = server.client(assistantKey.secret());
        person = server.tenant(account, "write:vm");
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private void setPolicy(String keyId, String policy) {
        TestAnswer answer = server.admin()
                .send(
                        "PUT",
                        "/api/v2/keys/" + keyId + "/policy",
                        request -> request.method("PUT", BodyPublishers.ofString(policy)));
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    private String ask(String body) {
        TestAnswer answer = assistant.post(CREATE, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().path("state").asString()).isEqualTo("pending");
        return "/api/v2/executions/" + answer.json().path("id").asString();
    }

    private TestAnswer decide(TestClient client, String path, String decision) {
        return decision.equals("approve")
                ? approve(client, path, digest(path))
                : client.send("POST", path + "/actions/" + decision, request -> {});
    }

    /** As who approves reads it. */
    private String digest(String path) {
        return server.admin().get(path).json().path("approval").path("digest").asString();
    }

    private static TestAnswer approve(TestClient client, String path, String digest) {
        return client.post(path + "/actions/approve", "{\"digest\": \"" + digest + "\"}");
    }

    private void assertRefused(TestAnswer answer, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.json().path("code").asString()).isEqualTo(code);
        assertThat(sent).hasValue(0);
    }

    private static JsonNode end(TestClient client, String path) {
        return client.get(path + "?wait=20").json();
    }

    @Test
    void whatAnotherKeyApprovesRuns() {
        String one = ask(COMMAND);
        assertThat(sent).hasValue(0);

        TestAnswer approved = decide(person, one, "approve");

        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(approved.json().path("approval").has("approvedAt")).isTrue();
        assertThat(decide(person, one, "approve").status()).isIn(200, 409);
        assertThat(end(assistant, one).path("state").asString()).isEqualTo("exited");
        assertThat(sent).hasValue(1);
        assertThat(decide(server.admin(), one, "approve").json().path("code").asString())
                .isEqualTo("not_awaiting_approval");
        assertThat(decide(person, one, "reject").json().path("code").asString()).isEqualTo("not_awaiting_approval");
    }

    /** Else what follows would run unseen. */
    @Test
    void aLongCommandIsSeenAsAWhole() {
        String command = "true " + "x".repeat(60_000);
        String path = ask(Json.mapper().writeValueAsString(Map.of("command", command)));

        assertThat(person.get(path).json().path("command").asString()).isEqualTo(command);
        TestAnswer approved = decide(person, path, "approve");

        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(end(assistant, path).path("state").asString()).isEqualTo("exited");
        assertThat(agent.requests().stream().map(Object::toString).anyMatch(request -> request.contains(command)))
                .isTrue();
    }

    @Test
    void whatWasNotSeenIsNotApproved() {
        String seen = ask(COMMAND);
        String old = digest(seen);
        decide(person, seen, "reject");
        String changed = ask("{\"command\": \"deploy\", \"env\": {\"LD_PRELOAD\": \"/tmp/evil.so\"}}");

        TestAnswer blind = person.send("POST", changed + "/actions/approve", request -> {});
        TestAnswer empty = person.post(changed + "/actions/approve", "{}");
        TestAnswer stale = approve(person, changed, old);

        assertThat(blind.status()).as(blind.text()).isEqualTo(400);
        assertThat(empty.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo("/digest");
        assertThat(stale.status()).as(stale.text()).isEqualTo(409);
        assertThat(stale.json().path("code").asString()).isEqualTo("digest_mismatch");
        assertThat(person.get(changed).json().path("state").asString()).isEqualTo("pending");
        assertThat(sent).hasValue(0);
    }

    @Test
    void allThatDecidesWhatRunsIsInTheDigest() {
        List<String> bodies = List.of(
                "{\"command\": \"sh\"}",
                "{\"command\": \"sh \"}",
                "{\"argv\": [\"sh\"]}",
                "{\"argv\": [\"s\", \"h\"]}",
                "{\"command\": \"sh\", \"shell\": \"/bin/bash\"}",
                "{\"command\": \"sh\", \"user\": \"www\"}",
                "{\"command\": \"sh\", \"cwd\": \"/srv\"}",
                "{\"command\": \"sh\", \"env\": {\"A\": \"1\"}}",
                "{\"command\": \"sh\", \"stdin\": \"ls\"}",
                "{\"command\": \"sh\", \"timeoutSeconds\": 5}",
                "{\"command\": \"sh\", \"labels\": {\"a\": \"1\"}}");

        List<String> asked = bodies.stream().map(this::ask).toList();

        assertThat(asked.stream().map(this::digest)).doesNotHaveDuplicates().allMatch(d -> d.startsWith("sha256:"));
        for (String one : asked) {
            // Whoever reads it can recompute it from what is shown, and finds any change.
            ExecutionView shown =
                    Json.mapper().readValue(server.admin().get(one).text(), ExecutionView.class);
            assertThat(shown.approvalRequest().orElseThrow().digest()).isEqualTo(digest(one));
        }
    }

    @Test
    void whoApprovesASavedCommandSeesItsParameters() {
        TestAnswer saved = server.tenant(account, "admin:account", "write:vm").post("/api/v2/saved-commands", """
                {"name": "deploy", "argv": ["deploy", "{{release}}"],
                 "parameters": [{"name": "release", "type": "string", "as": "argument"}]}
                """);
        assertThat(saved.status()).as(saved.text()).isEqualTo(201);
        String one = ask("{\"savedCommand\": \"deploy\", \"parameters\": {\"release\": \"4.2\"}}");

        ExecutionView shown = Json.mapper().readValue(person.get(one).text(), ExecutionView.class);

        assertThat(shown.argv()).containsExactly("deploy", "4.2");
        assertThat(Objects.requireNonNull(shown.approval()).parameters()).containsExactly(Map.entry("release", "4.2"));
        assertThat(shown.approvalRequest().orElseThrow().digest()).isEqualTo(digest(one));
        assertThat(decide(person, one, "approve").status()).isEqualTo(200);
    }

    @Test
    void theTrailTellsWhatWasApproved() {
        String one = ask(COMMAND);
        String digest = digest(one);
        assertThat(decide(person, one, "approve").status()).isEqualTo(200);
        server.restart();

        JsonNode records = server.admin()
                .get("/api/v2/audit?limit=100&action=execution.approve")
                .json()
                .path("items");

        assertThat(records.size()).isPositive();
        assertThat(records.valueStream())
                .allMatch(record -> digest.equals(record.path("subject").asString()));
        assertThat(digest(one)).as("what was approved stays known").isEqualTo(digest);
    }

    @Test
    void whoAsksIsNamed() {
        String one = ask(COMMAND);

        JsonNode read = person.get(one).json().path("approval");
        JsonNode listed =
                person.get("/api/v2/executions").json().path("items").path(0).path("approval");
        JsonNode looksOnly = server.tenant(account, "read:vm").get(one).json().path("approval");

        assertThat(read.path("keyName").asString()).isNotEmpty();
        assertThat(read.path("accountName").asString()).isEqualTo("ours");
        assertThat(listed.path("keyName")).isEqualTo(read.path("keyName"));
        assertThat(looksOnly.has("keyName") || looksOnly.has("digest")).isFalse();
    }

    @Test
    void whatIsRejectedOrForgottenByARestartDoesNotRun() {
        String one = ask(COMMAND);
        String other = ask(COMMAND);
        server.restart();

        TestAnswer rejected = decide(person, one, "reject");

        assertThat(rejected.status()).as(rejected.text()).isEqualTo(200);
        assertThat(rejected.json().path("state").asString()).isEqualTo("rejected");
        assertThat(rejected.json().path("reason").asString()).isEqualTo("approval_refused");
        assertThat(person.get(other).json().path("state").asString()).isEqualTo("pending");
        assertThat(sent).hasValue(0);
    }

    @Test
    void neitherTheOneThatAskedNorOneLikeItApproves() {
        TestClient.MadeKey like = server.makeKeyOf(account, "write:vm");
        setPolicy(like.id(), APPROVAL);
        String one = ask(COMMAND);

        assertRefused(decide(assistant, one, "approve"), "forbidden");
        assertRefused(decide(server.client(like.secret()), one, "approve"), "policy_refused");
    }

    @Test
    void whoMayNotRunItDoesNotApproveIt() {
        TestClient.MadeKey narrow = server.makeKeyOf(account, "write:vm");
        setPolicy(narrow.id(), "{\"rules\": [{\"name\": \"only-ls\", \"effect\": \"allow\", \"command\": \"ls\"}]}");
        String one = ask(COMMAND);

        assertRefused(decide(server.client(narrow.secret()), one, "approve"), "policy_refused");
        assertThat(decide(server.tenant(account, "read:vm"), one, "approve").status())
                .isEqualTo(403);
        TestClient stranger = server.tenant(server.makeAccount("theirs"), "write:vm");
        assertThat(decide(stranger, one, "approve").status()).isEqualTo(404);
        assertThat(decide(stranger, one, "reject").status()).isEqualTo(404);
        assertThat(sent).hasValue(0);
    }

    @Test
    void whatWasAskedForMustBeAllowedStill() {
        String one = ask(COMMAND);
        setPolicy(
                assistantKey.id(),
                "{\"approval\": true, \"rules\": [{\"name\": \"no-deploy\", \"effect\": \"deny\", \"command\": \"deploy\"}]}");
        assertRefused(decide(person, one, "approve"), "policy_refused");

        setPolicy(assistantKey.id(), APPROVAL);
        server.admin().send("DELETE", "/api/v2/keys/" + assistantKey.id(), request -> {});
        TestAnswer ended = decide(person, one, "approve");
        assertThat(ended.status()).isEqualTo(409);
        assertThat(ended.json().path("code").asString()).isEqualTo("key_ended");
        assertThat(decide(person, one, "reject").status()).isEqualTo(200);
        assertThat(sent).hasValue(0);
    }

    @Test
    void keyThatLostTheRightRunsNothingOnApproval() {
        String one = ask(COMMAND);
        TestAnswer narrowed = server.admin()
                .send(
                        "PATCH",
                        "/api/v2/keys/" + assistantKey.id(),
                        request -> request.method("PATCH", BodyPublishers.ofString("{\"scopes\": [\"read:vm\"]}")));
        assertThat(narrowed.status()).as(narrowed.text()).isEqualTo(200);

        TestAnswer refused = decide(person, one, "approve");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("code").asString()).isEqualTo("key_ended");
        assertThat(sent).hasValue(0);
    }

    @Test
    void whoApprovesSeesAllOfIt() {
        String one = ask(
                "{\"command\": \"sh\", \"stdin\": \"deploy\", \"env\": {\"BASH_ENV\": \"/tmp/x\"}, \"cwd\": \"/srv\"}");

        JsonNode shown = person.get(one).json().path("approval");
        assertThat(shown.path("stdin").asString()).isEqualTo("deploy");
        assertThat(shown.path("env").path("BASH_ENV").asString()).isEqualTo("/tmp/x");
        assertThat(shown.path("cwd").asString()).isEqualTo("/srv");
        JsonNode listed = person.get("/api/v2/executions").json().path("items").path(0);
        assertThat(listed.path("approval").has("expiresAt")).isTrue();
        assertThat(listed.path("approval").has("stdin")
                        || listed.path("approval").has("env"))
                .as("a page of many may not hold the megabytes of each")
                .isFalse();
        JsonNode looksOnly = server.tenant(account, "read:vm").get(one).json().path("approval");
        assertThat(looksOnly.has("expiresAt")).isTrue();
        assertThat(looksOnly.has("stdin") || looksOnly.has("env") || looksOnly.has("cwd"))
                .isFalse();
        decide(person, one, "reject");
        assertThat(person.get(one).json().path("approval").has("stdin")).isFalse();
    }

    @Test
    void whatCouldNotBeSeenIsNotAskedFor() {
        TestAnswer follows = assistant.post(CREATE, "{\"command\": \"sh\", \"stdinFollows\": true}");
        TestAnswer large = assistant.post(CREATE, "{\"command\": \"sh\", \"stdin\": \"" + "x".repeat(65_537) + "\"}");

        assertThat(follows.status()).as(follows.text()).isEqualTo(400);
        assertThat(large.status()).as(large.text()).isEqualTo(400);
        for (String field :
                List.of("\"command\": \"ls\", \"env\": {\"A\": \"LONG\"}", "\"argv\": [\"ls\", \"LONG\"]")) {
            TestAnswer much = assistant.post(CREATE, "{" + field.replace("LONG", "x".repeat(65_536)) + "}");
            assertThat(much.status()).as(much.text()).isEqualTo(400);
        }
        TestAnswer secret = assistant.post(CREATE, "{\"command\": \"ls\", \"secretEnv\": {\"BASH_ENV\": \"/tmp/x\"}}");
        assertThat(secret.status()).as(secret.text()).isEqualTo(400);
        assertThat(secret.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo("/secretEnv");
        assertThat(person.get("/api/v2/executions").json().path("items").size()).isZero();
    }

    private static final String SAVED = "{\"name\": \"deploy\", \"argv\": [\"WHAT\"]}";
    private static final String RUN_SAVED = "{\"savedCommand\": \"deploy\"}";

    private TestClient saved() {
        TestClient boss = server.tenant(account, "admin:account", "write:vm");
        save(boss, "good");
        return boss;
    }

    private static void save(TestClient boss, String what) {
        assertThat(boss.post("/api/v2/saved-commands", SAVED.replace("WHAT", what))
                        .status())
                .isEqualTo(201);
    }

    private static void deleteSaved(TestClient boss) {
        assertThat(boss.send("DELETE", "/api/v2/saved-commands/deploy", request -> {})
                        .status())
                .isEqualTo(204);
    }

    /** Also where another one has its name and its number, and where the server was started anew in between. */
    @Test
    void aSavedCommandThatWasDeletedIsNotApproved() {
        TestClient boss = saved();
        String one = ask(RUN_SAVED);
        String digest = digest(one);
        server.restart();
        deleteSaved(boss);
        save(boss, "bad");

        JsonNode ended = end(assistant, one);
        TestAnswer approved = approve(person, one, digest);

        assertThat(approved.status()).as(approved.text()).isEqualTo(409);
        assertThat(ended.path("state").asString()).isEqualTo("rejected");
        assertThat(ended.path("reason").asString()).isEqualTo("saved_command_deleted");
        assertThat(sent).hasValue(0);
        String other = ask(RUN_SAVED);
        assertThat(decide(person, other, "approve").status()).isEqualTo(200);
        assertThat(end(assistant, other).path("argv").path(0).asString()).isEqualTo("bad");
        assertThat(sent).hasValue(1);
    }

    @Test
    void aSavedCommandNoLongerPermittedIsNotApproved() {
        saved();
        String one = ask(RUN_SAVED);
        setPolicy(assistantKey.id(), "{\"approval\": true, \"savedCommands\": []}");

        assertRefused(decide(person, one, "approve"), "policy_refused");
    }

    /** Nor is it started where it waits for its agent, whoever has let it pass before. */
    @Test
    void aDeletedSavedCommandIsNotStartedWhenTheAgentComes() {
        TestClient boss = saved();
        String waiting = RUN_SAVED.replace("}", ", \"deliveryTimeoutSeconds\": 60}");
        String deleted = wait(waiting);
        deleteSaved(boss);
        save(boss, "other");
        String permitted = wait(waiting);

        try (FakeAgent late = FakeAgent.start(folder.resolve("late.sock"))) {
            late.on("guest-exec", (request, wire) -> {
                sent.incrementAndGet();
                wire.reply("{\"pid\": 7}");
            });
            late.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
            assertThat(end(person, permitted).path("state").asString()).isEqualTo("exited");
            assertThat(end(person, deleted).path("reason").asString()).isEqualTo("saved_command_deleted");
            assertThat(sent).hasValue(1);
        }
    }

    private String wait(String body) {
        TestAnswer answer = person.post("/api/v2/vps/2/executions", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return "/api/v2/executions/" + answer.json().path("id").asString();
    }

    @Test
    void callsThatAnswerWithAPidRefuse() {
        TestAnswer v1 = assistant.tryExec(1, "deploy");
        assertThat(v1.status()).isEqualTo(400);
        assertThat(v1.json().path("message").asString()).contains("approval");
        assertRefused(assistant.post("/api/v2/vps/1/agent/exec", COMMAND), "policy_refused");
    }
}
