// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.app.HttpRoutes;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.store.sqlite.SqliteAccountStore;
import dev.bellhop.server.store.sqlite.SqliteAuditStore;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.SqliteKeyStore;
import dev.bellhop.server.store.sqlite.SqliteMaskStore;
import dev.bellhop.server.store.sqlite.SqliteRenewableContent;
import dev.bellhop.server.store.sqlite.SqliteSavedCommandStore;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.vms.LocalVms;
import dev.bellhop.testkit.FakeAgent;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every route against every sort of caller. A route that has no row here fails the test. */
class AccessMatrixTest {
    private static final String EXEC = "/api/vm/{vmid}/agent/exec";
    private static final String V2 = "/api/v2/executions";
    private static final String OF_VM = "/api/v2/vps/{vmid}/executions";
    private static final String V2_EXEC = "/api/v2/vps/{vmid}/agent/exec";
    private static final String APPROVE = "{\"digest\": \"sha256:" + "0".repeat(64) + "\"}";
    private static final String SIGNAL = "{\"signal\": \"TERM\"}";
    private static final String COMMAND = "{\"command\": \"x\"}";
    private static final String STOP = "{\"action\": \"stop\"}";
    private static final String NO_JOB = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
    private static final String KEY = "{\"name\": \"n\", \"scopes\": [\"read:vm\"]}";
    private static final String SAVED = "{\"name\": \"there\", \"argv\": [\"x\"]}";
    private static final String POLICY = "{\"onlySavedCommands\": true}";
    private static final String ACCOUNT = "{\"name\": \"n\"}";
    private static final String MASK = "{\"name\": \"n\", \"pattern\": \"hunter2\"}";
    private static final String OWNER = "{\"account\": \"ACCOUNT\"}";

    @TempDir
    private static Path folder;

    private static FakeAgent agent;
    private static TestServer server;
    private static final Map<String, TestClient> CALLERS = new LinkedHashMap<>();
    private static String executionId = "";

    /**
     * What is expected of one route.
     *
     * @param path where {@code VM} stands for the vmid, {@code KEY} for the id of a key and {@code ACCOUNT} for that of an account,
     *     both of which may be lost
     * @param badKey of a caller with no key, or one that is malformed, unknown, revoked or expired
     * @param hidden of a key that may run commands and does not see VM 1; also of one of an account that may, and owns none
     * @param unknownVm of an admin's key, where there is no such VM; 0 where the path has none
     */
    record Row(
            String method,
            String template,
            String path,
            @Nullable String body,
            int badKey,
            int read,
            int write,
            int admin,
            int hidden,
            int unknownVm) {}

    static Stream<Row> rows() {
        String output = "/api/v2/executions/{id}/output";
        String cancel = V2 + "/{id}/actions/cancel";
        String approve = V2 + "/{id}/actions/approve";
        String reject = V2 + "/{id}/actions/reject";
        String signal = V2 + "/{id}/actions/signal";
        String check = OF_VM + "/actions/check";
        String accounts = "/api/v2/accounts";
        String encrypt = "/api/v2/encryption/actions/rotate";
        String rotate = "/api/v2/keys/{id}/actions/rotate";
        String assign = "/api/v2/vps/{vmid}/actions/assign";
        String unassign = "/api/v2/vps/{vmid}/actions/unassign";
        String act = "/api/v2/vps/{vmid}/actions/";
        String operations = "/api/v2/vps/{vmid}/operations";
        String operation = "/api/v2/operations/{id}";
        String available = "/api/v2/vps/{vmid}/availability";
        String saved = "/api/v2/saved-commands";
        String ofKey = "/api/v2/keys/{id}/policy";
        String ofAccount = accounts + "/{id}/policy";
        return Stream.of(
                new Row("GET", accounts, accounts, null, 401, 403, 403, 200, 403, 0),
                new Row("POST", accounts, accounts, ACCOUNT, 401, 403, 403, 201, 403, 0),
                new Row("DELETE", accounts + "/{id}", accounts + "/ACCOUNT", null, 401, 403, 403, 204, 403, 0),
                new Row("POST", assign, "/api/v2/vps/77/actions/assign", OWNER, 401, 403, 403, 204, 403, 0),
                new Row("POST", unassign, "/api/v2/vps/77/actions/unassign", null, 401, 403, 403, 204, 403, 0),
                new Row("GET", EXEC, "/api/vm/VM/agent/exec", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", EXEC, "/api/vm/VM/agent/exec?pid=7", null, 401, 403, 200, 200, 404, 404),
                new Row("GET", EXEC, "/api/vm/VM/agent/exec?pid=8", null, 401, 403, 404, 404, 404, 404),
                new Row("POST", EXEC, "/api/vm/VM/agent/exec", COMMAND, 401, 403, 200, 200, 404, 404),
                new Row("GET", "/api/vm/{vmid}/status", "/api/vm/VM/status", null, 401, 200, 200, 200, 404, 404),
                new Row("POST", "/api/vm/{vmid}/status", "/api/vm/VM/status", STOP, 401, 403, 403, 409, 403, 0),
                new Row("GET", "/api/jobs/{jobId}", "/api/jobs/" + NO_JOB, null, 401, 404, 404, 404, 404, 0),
                new Row("POST", act + "start", "/api/v2/vps/VM/actions/start", null, 401, 403, 403, 409, 403, 0),
                new Row("POST", act + "shutdown", "/api/v2/vps/VM/actions/shutdown", null, 401, 403, 403, 409, 403, 0),
                new Row("POST", act + "stop", "/api/v2/vps/VM/actions/stop", null, 401, 403, 403, 409, 403, 0),
                new Row("POST", act + "restart", "/api/v2/vps/VM/actions/restart", null, 401, 403, 403, 409, 403, 0),
                new Row("POST", act + "reset", "/api/v2/vps/VM/actions/reset", null, 401, 403, 403, 409, 403, 0),
                new Row("GET", operations, "/api/v2/vps/VM/operations", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", operation, "/api/v2/operations/" + NO_JOB, null, 401, 404, 404, 404, 404, 0),
                new Row("GET", available, "/api/v2/vps/VM/availability", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", "/api/v2/vps", "/api/v2/vps", null, 401, 200, 200, 200, 200, 0),
                new Row("GET", "/api/v2/vps/{vmid}", "/api/v2/vps/VM", null, 401, 200, 200, 200, 404, 404),
                new Row(
                        "GET",
                        "/api/v2/vps/{vmid}/status",
                        "/api/v2/vps/VM/status",
                        null,
                        401,
                        200,
                        200,
                        200,
                        404,
                        404),
                new Row("GET", "/api/v2/vps/{vmid}/agent", "/api/v2/vps/VM/agent", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", "/api/v2/keys", "/api/v2/keys", null, 401, 403, 403, 200, 403, 0),
                new Row("POST", "/api/v2/keys", "/api/v2/keys", KEY, 401, 403, 403, 201, 403, 0),
                new Row("DELETE", "/api/v2/keys/{id}", "/api/v2/keys/KEY", null, 401, 403, 403, 204, 403, 0),
                new Row("POST", rotate, "/api/v2/keys/KEY/actions/rotate", null, 401, 403, 403, 200, 403, 0),
                new Row("GET", ofKey, "/api/v2/keys/KEY/policy", null, 401, 403, 403, 404, 403, 0),
                new Row("PUT", ofKey, "/api/v2/keys/KEY/policy", POLICY, 401, 403, 403, 200, 403, 0),
                new Row("DELETE", ofKey, "/api/v2/keys/KEY/policy", null, 401, 403, 403, 204, 403, 0),
                new Row("GET", ofAccount, accounts + "/ACCOUNT/policy", null, 401, 403, 403, 404, 403, 0),
                new Row("PUT", ofAccount, accounts + "/ACCOUNT/policy", POLICY, 401, 403, 403, 200, 403, 0),
                new Row("DELETE", ofAccount, accounts + "/ACCOUNT/policy", null, 401, 403, 403, 204, 403, 0),
                new Row("GET", "/api/v2/masks", "/api/v2/masks", null, 401, 403, 403, 200, 403, 0),
                new Row("POST", "/api/v2/masks", "/api/v2/masks", MASK, 401, 403, 403, 201, 403, 0),
                new Row("DELETE", "/api/v2/masks/{name}", "/api/v2/masks/none", null, 401, 403, 403, 404, 403, 0),
                new Row("GET", saved, saved, null, 401, 200, 200, 200, 200, 0),
                new Row("POST", saved, saved, SAVED, 401, 403, 403, 201, 403, 0),
                new Row("GET", saved + "/{name}", saved + "/nothing", null, 401, 404, 404, 404, 404, 0),
                new Row("DELETE", saved + "/{name}", saved + "/nothing", null, 401, 403, 403, 404, 403, 0),
                new Row("GET", "/api/v2/audit", "/api/v2/audit", null, 401, 403, 403, 200, 403, 0),
                new Row("GET", "/api/v2/audit/export", "/api/v2/audit/export", null, 401, 403, 403, 200, 403, 0),
                new Row("GET", "/api/v2/encryption", "/api/v2/encryption", null, 401, 403, 403, 200, 403, 0),
                new Row("POST", encrypt, "/api/v2/encryption/actions/rotate", null, 401, 403, 403, 202, 403, 0),
                new Row("GET", output, "/api/v2/executions/EXECUTION/output", null, 401, 403, 200, 200, 404, 0),
                new Row("POST", OF_VM, "/api/v2/vps/VM/executions", COMMAND, 401, 403, 201, 201, 404, 404),
                new Row(
                        "POST",
                        check,
                        "/api/v2/vps/VM/executions/actions/check",
                        COMMAND,
                        401,
                        403,
                        200,
                        200,
                        404,
                        404),
                new Row("GET", OF_VM, "/api/v2/vps/VM/executions", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", V2, V2, null, 401, 200, 200, 200, 200, 0),
                new Row("GET", V2 + "/{id}", V2 + "/EXECUTION", null, 401, 200, 200, 200, 404, 0),
                new Row("GET", V2 + "/{id}/events", V2 + "/EXECUTION/events", null, 401, 403, 200, 200, 404, 0),
                new Row("POST", cancel, V2 + "/EXECUTION/actions/cancel", null, 401, 403, 409, 409, 404, 0),
                new Row("POST", approve, V2 + "/EXECUTION/actions/approve", APPROVE, 401, 403, 409, 409, 404, 0),
                new Row("POST", reject, V2 + "/EXECUTION/actions/reject", null, 401, 403, 409, 409, 404, 0),
                new Row("POST", signal, V2 + "/EXECUTION/actions/signal", SIGNAL, 401, 403, 409, 409, 404, 0),
                new Row("POST", V2 + "/{id}/stdin", V2 + "/EXECUTION/stdin?offset=0", null, 401, 403, 409, 409, 404, 0),
                new Row("GET", V2_EXEC, "/api/v2/vps/VM/agent/exec", null, 401, 200, 200, 200, 404, 404),
                new Row("GET", V2_EXEC, "/api/v2/vps/VM/agent/exec?pid=7", null, 401, 403, 200, 200, 404, 404),
                new Row("GET", V2_EXEC, "/api/v2/vps/VM/agent/exec?pid=8", null, 401, 403, 404, 404, 404, 404),
                new Row("POST", V2_EXEC, "/api/v2/vps/VM/agent/exec", COMMAND, 401, 403, 200, 200, 404, 404),
                new Row("GET", "/healthz", "/healthz", null, 200, 200, 200, 200, 200, 0),
                new Row("GET", "/metrics", "/metrics", null, 200, 200, 200, 200, 200, 0),
                new Row("GET", "/openapi.yaml", "/openapi.yaml", null, 200, 200, 200, 200, 200, 0),
                new Row("GET", "/problems/{code}", "/problems/not_found", null, 200, 200, 200, 200, 200, 0));
    }

    /** All cells of the matrix are of one address within seconds. */
    private static final CallerLimits MANY_FAILURES = new CallerLimits(
            CallerLimits.REQUESTS_PER_KEY, 100_000, 100_000, CallerLimits.FOLLOWERS_PER_KEY, CallerLimits.FOLLOWERS);

    @BeforeAll
    static void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        SettableClock clock = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .clock(clock)
                .limits(MANY_FAILURES)
                .start();
        executionId = server.admin().run(1, "x").path("executionId").asString();
        TestClient.MadeKey revoked = server.makeKey(List.of("admin"), null);
        server.admin().send("DELETE", "/api/v2/keys/" + revoked.id(), request -> {});
        String expiring = server.admin()
                .post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"admin\"], \"expiresInDays\": 1}")
                .json()
                .path("key")
                .asString();
        clock.advance(Duration.ofDays(1));
        String admin = server.adminKey();
        CALLERS.put("none", server.client(null));
        CALLERS.put("malformed", server.client("letmein"));
        CALLERS.put("unknown", server.client(admin.substring(0, admin.length() - 4) + "0000"));
        CALLERS.put("revoked", server.client(revoked.secret()));
        CALLERS.put("expired", server.client(expiring));
        CALLERS.put("read", client(List.of("read:vm"), null));
        CALLERS.put("write", client(List.of("write:vm"), null));
        CALLERS.put("admin", client(List.of("admin"), null));
        CALLERS.put("hidden", client(List.of("write:vm"), List.of(2L)));
        CALLERS.put("account", server.tenant(server.makeAccount("other"), "write:vm"));
    }

    private static TestClient caller(String name) {
        return Objects.requireNonNull(CALLERS.get(name), name);
    }

    private static TestClient client(List<String> scopes, @Nullable List<Long> vms) {
        return server.client(server.makeKey(scopes, vms).secret());
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whoMayDoWhat(Row row) {
        Map<String, Integer> expected = new LinkedHashMap<>();
        Map<String, Integer> actual = new LinkedHashMap<>();
        CALLERS.forEach((name, caller) -> {
            expected.put(
                    name,
                    switch (name) {
                        case "read" -> row.read;
                        case "write" -> row.write;
                        case "admin" -> row.admin;
                        case "hidden", "account" -> row.hidden;
                        default -> row.badKey;
                    });
            actual.put(name, call(caller, row, 1).status());
        });
        if (row.unknownVm != 0) {
            expected.put("unknown VM", row.unknownVm);
            actual.put("unknown VM", call(caller("admin"), row, 999).status());
        }
        assertThat(actual).isEqualTo(expected);
    }

    private static TestAnswer call(TestClient caller, Row row, long vmid) {
        String path = row.path.replace("VM", Long.toString(vmid)).replace("EXECUTION", executionId);
        if (path.contains("KEY")) {
            path = path.replace("KEY", server.makeKey(List.of("read:vm"), null).id());
        }
        String account = (path + row.body).contains("ACCOUNT") ? server.makeAccount("n") : "";
        path = path.replace("ACCOUNT", account);
        String body = row.body == null ? null : row.body.replace("ACCOUNT", account);
        return caller.send(row.method, path, request -> {
            if (body != null) {
                request.method(row.method, BodyPublishers.ofString(body));
            }
        });
    }

    @Test
    void everyRouteHasARow() throws Exception {
        Path scratch = Files.createDirectory(folder.resolve("scratch"));
        Clock clock = Clock.systemUTC();
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        VmDirectory directory = new VmDirectory(List.of());
        try (SqliteDatabase database = SqliteDatabase.open(scratch.resolve("x.db"));
                ExecutionEngine executions = new ExecutionEngine(
                        TestStores.executions(database),
                        directory,
                        ExecutionSettings.defaults(),
                        clock,
                        new ExecutionMetrics(metrics));
                Operations jobs = new Operations(
                        TestStores.operations(database),
                        directory,
                        new AgentHealth(clock),
                        OperationSettings.defaults(),
                        clock,
                        job -> true)) {
            Keys keys = new Keys(new SqliteKeyStore(database), clock);
            HttpRoutes.Parts parts = new HttpRoutes.Parts(
                    keys,
                    new Accounts(new SqliteAccountStore(database), keys, clock),
                    new SavedCommands(new SqliteSavedCommandStore(database)),
                    new WaiterLimit(CallerLimits.defaults(), metrics),
                    new LocalVms(
                            directory,
                            new AgentHealth(clock),
                            jobs,
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(1),
                            clock,
                            System::nanoTime),
                    executions,
                    jobs,
                    new Masks(new SqliteMaskStore(database)),
                    new AuditTrail(new SqliteAuditStore(database), clock),
                    new KeyRotation(
                            database.cipher(),
                            new KeyFile(scratch.resolve(KeyFile.NAME)),
                            new SqliteRenewableContent(database)),
                    Timeouts.usual());
            List<Route> open =
                    new ServiceRoutes(() -> true, new StoreCheck(database::check, System::nanoTime), metrics).routes();
            assertThat(Stream.concat(HttpRoutes.of(parts, () -> true).stream(), open.stream())
                            .map(route -> route.method() + " " + route.template())
                            .collect(toSet()))
                    .isEqualTo(
                            rows().map(row -> row.method + " " + row.template).collect(toSet()));
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aVmOutsideTheKeysListLooksLikeOneThatDoesNotExist(Row row) {
        if (row.unknownVm == 0) {
            return;
        }
        for (String name : List.of("hidden", "account")) {
            TestClient caller = caller(name);
            String hidden = telling(call(caller, row, 1), 1);
            String unknown = telling(call(caller, row, 999), 999);
            // In the first one's list, and yet there is none.
            String listed = telling(call(caller, row, 2), 2);

            assertThat(hidden).as(name).isEqualTo(unknown).isEqualTo(listed).contains("404");
        }
    }

    /** All of an answer but for ids and times. */
    private static String telling(TestAnswer answer, long vmid) {
        String text = answer.text()
                .replace("VM " + vmid + "\"", "VM ?\"")
                .replace("/vps/" + vmid + "/", "/vps/?/")
                .replace("/vps/" + vmid + "\"", "/vps/?\"")
                .replace(answer.json().path("requestId").asString(), "?")
                .replace(answer.json().path("timestamp").asString(), "?");
        return answer.status() + " " + answer.headers().map().keySet() + " " + text;
    }

    @Test
    void anExecutionInAHiddenVmLooksLikeOneThatDoesNotExist() {
        String other = executionId.replaceAll(".$", executionId.endsWith("0") ? "1" : "0");
        for (String name : List.of("hidden", "account")) {
            TestClient caller = caller(name);
            String hidden = telling(caller.get("/api/v2/executions/" + executionId + "/output"), 0);
            String unknown = telling(caller.get("/api/v2/executions/" + other + "/output"), 0);

            assertThat(hidden.replace(executionId, "?")).as(name).isEqualTo(unknown.replace(other, "?"));
        }
    }

    @Test
    void aListOfVmsShowsOnlyThoseTheKeySees() {
        for (String name : List.of("hidden", "account")) {
            assertThat(caller(name).get("/api/v2/vps").json().path("items").isEmpty())
                    .as(name)
                    .isTrue();
        }
        assertThat(caller("read").get("/api/v2/vps").json().path("items").size())
                .isEqualTo(1);
    }

    /** Commands can hold secrets. */
    @Test
    void aKeyThatMayOnlyLookSeesNoCommands() {
        assertThat(caller("read").get(statusPath(1)).data().path("processes").isEmpty())
                .isTrue();
        assertThat(caller("write").get(statusPath(1)).data().path("processes").isEmpty())
                .isFalse();
    }

    @Test
    void aKeyIsTakenFromEitherHeader() {
        String admin = server.adminKey();
        TestClient nobody = server.client(null);

        assertThat(status(nobody, "X-API-Key", admin)).isEqualTo(200);
        assertThat(status(nobody, "x-api-key", admin)).isEqualTo(200);
        assertThat(status(nobody, "Authorization", "Bearer " + admin)).isEqualTo(200);
        assertThat(status(nobody, "Authorization", "bearer " + admin)).isEqualTo(200);
        assertThat(status(nobody, "Authorization", admin)).isEqualTo(401);
        assertThat(status(nobody, "Authorization", "Basic " + admin)).isEqualTo(401);
        assertThat(status(nobody, "X-API-Key", "")).isEqualTo(401);
        assertThat(status(nobody, "X-API-Key", "Bearer " + admin)).isEqualTo(401);
        assertThat(status(nobody, "X-API-Key", admin.toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(401);
        assertThat(nobody.get(statusPath(1) + "?key=" + admin).status()).isEqualTo(401);
        assertThat(nobody.get(execPath(1) + "?X-API-Key=" + admin).status()).isEqualTo(401);
    }

    private static int status(TestClient client, String header, String value) {
        return client.send("GET", statusPath(1), request -> request.header(header, value))
                .status();
    }
}
