// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.audit.AuditExport;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.app.offline.OfflineAudit;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the audit trail has of what is done over HTTP, and how it is read. */
@Timeout(120)
@Tag("real")
class V2AuditTest {
    private static final String AUDIT = "/api/v2/audit";
    private static final String EXPORT = AUDIT + "/export";
    private static final String V1_EXEC = "/api/vm/{vmid}/agent/exec";
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String MARK = "mark-of-a-secret";

    @TempDir
    private Path folder;

    private TestServer server;
    private TestClient admin;
    private String adminId = "";

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        admin = server.admin();
        adminId = server.adminKey().substring("bellhop_".length(), "bellhop_".length() + 12);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<JsonNode> list(String query) {
        TestAnswer answer = admin.get(AUDIT + "?limit=100" + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("items").valueStream().toList().reversed();
    }

    /** The actions and outcomes, oldest first. */
    private static List<String> told(List<JsonNode> records) {
        return records.stream()
                .map(record -> record.path("action").asString() + " "
                        + record.path("outcome").asString())
                .toList();
    }

    private AuditReport verify() throws Exception {
        return AuditExport.verify(new ByteArrayInputStream(admin.get(EXPORT).body()), null, false);
    }

    @Test
    void aCommandIsToldFromItsBeginningToItsEnd() {
        TestAnswer answer = admin.post(CREATE + "?wait=30", "{\"command\": \"exit 3\"}");
        String execution = answer.json().path("id").asString();

        List<JsonNode> records = list("&vm=1");
        String action = "execution.start";
        assertThat(told(records)).containsExactly(action + " begun", "execution.end done", action + " done");
        assertThat(records).allSatisfy(record -> {
            assertThat(record.path("keyId").asString()).isEqualTo(adminId);
            assertThat(record.path("vmid").asLong()).isEqualTo(1);
            assertThat(record.path("executionId").asString()).isEqualTo(execution);
        });
        JsonNode done = records.getLast();
        assertThat(done.path("requestId").asString()).isEqualTo(answer.header("X-Request-Id"));
        assertThat(records.getFirst().path("requestId").asString()).isEqualTo(answer.header("X-Request-Id"));
        assertThat(done.path("executionId").asString()).isEqualTo(execution);
        assertThat(done.path("status").asInt()).isEqualTo(201);
        assertThat(done.path("address").asString()).isEqualTo("127.0.0.1");
        assertThat(done.has("code")).isFalse();
        JsonNode end = records.get(1);
        assertThat(end.path("executionId").asString()).isEqualTo(execution);
        assertThat(end.path("state").asString()).isEqualTo("exited");
    }

    @Test
    void aTenantIsToldWithItsAccount() {
        String account = server.makeAccount("tenant");
        admin.post("/api/v2/vps/1/actions/assign", "{\"account\": \"" + account + "\"}");
        TestClient tenant = server.tenant(account, "write:vm");
        assertThat(tenant.post(CREATE + "?wait=30", "{\"command\": \"true\"}").status())
                .isEqualTo(201);
        assertThat(tenant.get("/api/v2/accounts").status()).isEqualTo(403);

        List<JsonNode> records =
                list("").stream().filter(record -> record.has("account")).toList();
        String action = "execution.start";
        assertThat(told(records))
                .containsExactly(action + " begun", "execution.end done", action + " done", "account.list refused");
        assertThat(records)
                .allSatisfy(
                        record -> assertThat(record.path("account").asString()).isEqualTo(account));
    }

    @Test
    void whatIsRepeatedAndDoesNothingMoreIsToldOnce() {
        String body = "{\"command\": \"sleep 600\"}";
        String id = "";
        for (int i = 0; i < 3; i++) {
            TestAnswer answer = admin.send(
                    "POST",
                    CREATE,
                    request -> request.header("Idempotency-Key", "again")
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body)));
            id = answer.json().path("id").asString();
        }
        assertThat(told(list("&vm=1"))).hasSizeLessThanOrEqualTo(3);
        String cancel = "/api/v2/executions/" + id + "/actions/cancel";
        admin.send("POST", cancel, request -> {});
        admin.get("/api/v2/executions/" + id + "?wait=30");

        long cancels = told(list("&vm=1")).stream()
                .filter(told -> told.startsWith("execution.cancel done"))
                .count();
        assertThat(cancels).isEqualTo(1);
    }

    @Test
    void anAccountIsTold() {
        String account = server.makeAccount("tenant");
        server.assign(7, account);
        admin.send("POST", "/api/v2/vps/7/actions/unassign", request -> {});
        admin.send("DELETE", "/api/v2/accounts/" + account, request -> {});

        assertThat(list("").stream()
                        .filter(record -> record.path("outcome").asString().equals("done"))
                        .filter(record -> record.path("subject").asString().equals(account))
                        .map(record -> record.path("action").asString()))
                .containsExactly("account.create", "vm.assign", "account.delete");
    }

    @Test
    void timesThatAreFarAwayAreTimes() {
        assertThat(list("&since=0001-01-01T00:00:00Z")).isNotEmpty();
        assertThat(list("&since=9999-12-31T23:59:59Z")).isEmpty();
    }

    @Test
    void aCommandThatCannotBeRunIsToldToo() {
        try (TestServer other = TestServer.in(folder.resolve("a"))
                .vm(1, folder.resolve("none.sock"))
                .start()) {
            TestAnswer answer = other.admin().tryExec(1, "true");
            assertThat(answer.status()).isEqualTo(409);

            List<JsonNode> records = other.admin()
                    .get(AUDIT + "?vm=1")
                    .json()
                    .path("items")
                    .valueStream()
                    .toList()
                    .reversed();
            // The caller is told when it is known, which need not be after it is stored.
            assertThat(told(records))
                    .startsWith("execution.start begun")
                    .containsExactlyInAnyOrder(
                            "execution.start begun", "execution.end failed", "execution.start failed");
            assertThat(records.getFirst().path("door").asString()).isEqualTo("POST " + V1_EXEC);
            assertThat(records.getLast().path("code").asString()).isEqualTo("agent_unavailable");
            assertThat(records.get(1).path("code").asString()).isEqualTo("agent_unavailable");
        }
    }

    @Test
    void keysAreToldByTheirIds() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        admin.send("DELETE", "/api/v2/keys/" + made.id(), request -> {});

        List<JsonNode> records = list("");
        assertThat(told(records))
                .containsExactly(
                        "server.start done",
                        "server.admin-key done",
                        "key.create begun",
                        "key.create done",
                        "key.revoke begun",
                        "key.revoke done");
        assertThat(records.getFirst().has("door")).isFalse();
        assertThat(records.get(3).path("door").asString()).isEqualTo("POST /api/v2/keys");
        assertThat(records.get(5).path("door").asString()).isEqualTo("DELETE /api/v2/keys/{id}");
        assertThat(told(list("&action=POST%20/api/v2/keys")))
                .as("filters of the first version")
                .containsExactly("key.create begun", "key.create done");
        assertThat(records.get(1).path("subject").asString()).isEqualTo(adminId);
        assertThat(records.get(3).path("subject").asString()).isEqualTo(made.id());
        assertThat(records.get(4).path("subject").asString()).isEqualTo(made.id());
    }

    @Test
    void whoReadsOutputIsToldOnceAndWhoLooksIsNot() {
        long pid = admin.exec(1, "echo hello");
        String execution = admin.result(1, pid).data().path("executionId").asString();
        for (int i = 0; i < 3; i++) {
            admin.get(execPath(1) + "?pid=" + pid);
            admin.get("/api/v2/executions/" + execution + "/output");
            admin.get("/api/v2/executions/" + execution + "/events");
            admin.get("/api/v2/executions/" + execution + "?output=true");
            admin.get("/api/v2/vps/1/agent/exec?pid=" + pid);
            admin.get("/api/v2/executions/" + execution);
            admin.get("/api/v2/executions");
            admin.get("/api/v2/keys");
            admin.get("/api/v2/vps");
            admin.get(statusPath(1));
            admin.get(execPath(1));
        }
        TestClient.MadeKey other = server.makeKey(List.of("write:vm"), null);
        server.client(other.secret()).get(execPath(1) + "?pid=" + pid);

        assertThat(list("&key=" + adminId).stream()
                        .filter(record -> record.path("door").asString("").startsWith("GET"))
                        .map(record -> record.path("action").asString() + " "
                                + record.path("outcome").asString() + " by "
                                + record.path("door").asString()))
                .containsExactly(
                        "execution.result done by GET " + V1_EXEC,
                        "execution.output done by GET /api/v2/executions/{id}/output",
                        "execution.follow begun by GET /api/v2/executions/{id}/events",
                        "execution.follow done by GET /api/v2/executions/{id}/events",
                        "execution.find done by GET /api/v2/executions/{id}",
                        "execution.result done by GET /api/v2/vps/{vmid}/agent/exec");
        List<JsonNode> others = list("&key=" + other.id());
        assertThat(told(others)).containsExactly("execution.result done");
        assertThat(others.getFirst().path("executionId").asString()).isEqualTo(execution);
        assertThat(others.getFirst().path("vmid").asLong()).isEqualTo(1);
    }

    @Test
    void stdinCancelAndSignalAreTold() {
        String id = admin.post(CREATE, "{\"command\": \"cat\", \"stdinFollows\": true}")
                .json()
                .path("id")
                .asString();
        String path = "/api/v2/executions/" + id;
        for (int i = 0; i < 3; i++) {
            int offset = i;
            assertThat(admin.send(
                                    "POST",
                                    path + "/stdin?offset=" + offset,
                                    request -> request.method("POST", BodyPublishers.ofString("x"))
                                            .header("Content-Type", "application/octet-stream"))
                            .status())
                    .isEqualTo(200);
        }
        admin.post(path + "/actions/signal", "{\"signal\": \"CONT\"}");
        admin.post(path + "/actions/cancel", "{}");

        List<JsonNode> records = list("").stream()
                .filter(record -> record.path("door").asString("").contains("{id}"))
                .toList();
        assertThat(told(records))
                .containsExactly(
                        "execution.stdin done",
                        "execution.signal done",
                        "execution.cancel begun",
                        "execution.cancel done");
        assertThat(records).allSatisfy(record -> {
            assertThat(record.path("executionId").asString()).isEqualTo(id);
            assertThat(record.path("vmid").asLong()).isEqualTo(1);
        });
    }

    @Test
    void whoIsRefusedIsTold() {
        TestClient.MadeKey reader = server.makeKey(List.of("read:vm"), List.of(2L));
        TestClient client = server.client(reader.secret());
        client.tryExec(1, MARK);
        client.get("/api/v2/keys");
        client.get(statusPath(1));
        client.post("/api/v2/keys", "{}");
        admin.post("/api/v2/keys", "{\"name\": 1}");

        List<JsonNode> refused = list("&outcome=refused");
        assertThat(told(refused))
                .containsExactly(
                        "execution.start refused", "key.list refused", "vm.find refused", "key.create refused");
        assertThat(refused).allMatch(record -> record.path("keyId").asString().equals(reader.id()));
        assertThat(refused)
                .extracting(record -> record.path("code").asString())
                .containsExactly("forbidden", "forbidden", "not_found", "forbidden");
        assertThat(refused.getFirst().path("vmid").asLong()).isEqualTo(1);
        List<JsonNode> failed = list("&outcome=failed");
        assertThat(told(failed)).containsExactly("key.create failed");
        assertThat(failed.getFirst().path("code").asString()).isEqualTo("invalid_field");
    }

    /** Also those that never reach a route, or whose HTTP is no good. */
    @Test
    void aFloodOfRefusedRequestsIsCounted() {
        int flood = 400;
        TestClient nobody = server.client(null);
        TestClient wrong = server.client(server.adminKey().replaceAll(".{8}$", "00000000"));
        TestClient.MadeKey reader = server.makeKey(List.of("read:vm"), null);
        TestClient forbidden = server.client(reader.secret());
        for (int i = 0; i < flood; i++) {
            nobody.get("/api/v2/keys");
            wrong.get("/api/v2/keys");
            nobody.get("/api/none" + i);
            forbidden.get("/api/v2/keys");
        }
        nobody.get("/api/v2/keys?" + "x".repeat(17_000));
        server.restart();

        List<JsonNode> refused = list("&outcome=refused");
        assertThat(refused).hasSizeLessThan(100);
        assertThat(refused.stream()
                        .mapToLong(record -> record.path("count").asLong(1))
                        .sum())
                .isEqualTo(4L * flood + 1);
        assertThat(refused.stream()
                        .filter(record -> !record.has("keyId"))
                        .map(record -> record.path("action").asString() + " "
                                + record.path("address").asString() + " "
                                + record.path("code").asString()))
                .contains(
                        "requests.refused 127.0.0.1 unauthorized",
                        "requests.refused 127.0.0.1 not_found",
                        "requests.refused 127.0.0.1 too_many_failures");
    }

    @Test
    void nothingOfACommandOrAKeyIsInIt() throws Exception {
        String key = server.adminKey();
        Map<String, Object> wanted = Map.of(
                "command",
                "cat; echo " + MARK + "; : $X",
                "stdin",
                MARK,
                "env",
                Map.of("X", MARK),
                "labels",
                Map.of(MARK, MARK));
        String body = Json.mapper().writeValueAsString(wanted);
        TestAnswer run = admin.send(
                "POST",
                CREATE + "?wait=30",
                request -> request.method("POST", BodyPublishers.ofString(body))
                        .header("Idempotency-Key", MARK)
                        .header("User-Agent", MARK)
                        .header("X-Request-Id", MARK));
        assertThat(run.text()).contains(MARK);
        String id = run.json().path("id").asString();
        admin.get("/api/v2/executions/" + id + "/output?stream=" + MARK);
        admin.get("/api/v2/executions/" + id + "/output");
        admin.get("/api/v2/executions/" + MARK);
        admin.get("/api/v2/executions?" + MARK + "=" + MARK);
        admin.post("/api/v2/keys", "{\"name\": \"" + MARK + "\", \"scopes\": [\"read:vm\"]}");
        admin.post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"" + MARK + "\"]}");
        admin.send("DELETE", "/api/v2/keys/" + key, request -> {});
        admin.send("DELETE", "/api/v2/keys/" + MARK, request -> {});
        admin.tryExec(7, MARK);
        server.client(MARK).get("/api/" + MARK);
        server.client(key.replaceAll(".{8}$", "00000000")).get("/api/v2/keys");
        server.restart();

        String export = admin.get(EXPORT).text();
        assertThat(export).contains(id).contains("requests.refused");
        assertThat(export).doesNotContain(MARK).doesNotContain(key.substring(key.length() - 64, key.length() - 8));
        assertThat(verify().intact()).isTrue();
    }

    @Test
    void anExportIsTheWholeTrailAndEndsWithItsHead() throws Exception {
        for (int i = 0; i < 30; i++) {
            server.makeKey(List.of("read:vm"), null);
        }
        TestAnswer export = admin.get(EXPORT);
        AuditReport report = AuditExport.verify(new ByteArrayInputStream(export.body()), null, false);

        assertThat(export.status()).isEqualTo(200);
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(62);
        assertThat(export.text()).endsWith("\"records\":62}\n");
        KnownHead head = KnownHead.parse(report.head().text()).orElseThrow();
        assertThat(OfflineAudit.verify(server.data(), head).intact())
                .as("while it runs")
                .isTrue();
        server.stop();
        AuditReport offline = OfflineAudit.verify(server.data(), head);
        server.start();
        assertThat(offline.intact()).isTrue();
        assertThat(offline.records()).as("and that it was stopped").isEqualTo(63);
        assertThat(told(list(""))).endsWith("server.stop done", "server.start done");
    }

    @Test
    void aFilteredExportSaysThatItIs() {
        server.makeKey(List.of("read:vm"), null);
        List<String> lines = admin.get(EXPORT + "?outcome=begun").text().lines().toList();

        assertThat(lines).hasSize(3);
        assertThat(lines.getFirst()).endsWith("\"filtered\":true}");
        assertThat(lines.get(1)).contains("\"outcome\":\"begun\"");
        assertThat(lines.getLast()).endsWith("\"records\":1}");
    }

    @Test
    void pagesGoOnWhereTheLastOneEnded() {
        for (int i = 0; i < 5; i++) {
            server.makeKey(List.of("read:vm"), null);
        }
        List<Long> seen = new ArrayList<>();
        TestAnswer page = admin.get(AUDIT + "?limit=5");
        while (true) {
            page.json().path("items").forEach(item -> seen.add(item.path("seq").asLong()));
            if (!page.json().has("nextCursor")) {
                break;
            }
            page = admin.get(
                    AUDIT + "?limit=5&cursor=" + page.json().path("nextCursor").asString());
        }
        assertThat(seen).containsExactly(12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L);
        String time = list("&action=server.start").getFirst().path("at").asString();
        assertThat(told(list("&until=" + time))).isEmpty();
        assertThat(told(list("&since=" + time))).hasSize(12);
    }

    @Test
    void badParametersAreNamed() {
        for (String query :
                List.of("outcome=x", "vm=0", "vm=x", "since=yesterday", "until=", "cursor=!!", "cursor=eA")) {
            TestAnswer answer = admin.get(AUDIT + "?" + query);
            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().path("errors").path(0).path("parameter").asString())
                    .isEqualTo(query.substring(0, query.indexOf('=')));
        }
        assertThat(admin.get(EXPORT + "?outcome=x").status()).isEqualTo(400);
        assertThat(new String(admin.get(AUDIT + "?action=none").body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"items\":[]}");
    }
}
