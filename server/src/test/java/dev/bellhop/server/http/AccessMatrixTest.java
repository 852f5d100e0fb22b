// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.app.AllRoutes;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmUseCase;
import dev.bellhop.testkit.FakeAgent;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What HTTP adds to the matrix of the use cases: each route demands a key and its use case's scope, and shows a stranger
 * nothing. A route without a row fails the test; declared use cases get theirs from their scope.
 */
class AccessMatrixTest {
    /**
     * One line for each route: the status for a stranger's key, which may run commands and does not see VM 1 because it lists
     * others or is of another account; the status for an admin; and the body, if any. {@code ACCOUNT} stands for the id of an
     * account, which may be lost, as may a key.
     */
    private static final String ROUTES = """
            GET    /api/v2/accounts                              403 200
            POST   /api/v2/accounts                              403 201 {"name": "n"}
            GET    /api/v2/accounts/{id}                         403 200
            PATCH  /api/v2/accounts/{id}                         403 200 {"name": "n"}
            DELETE /api/v2/accounts/{id}                         403 204
            GET    /api/v2/accounts/{id}/policy                  403 404
            PUT    /api/v2/accounts/{id}/policy                  403 201 {"onlySavedCommands": true}
            DELETE /api/v2/accounts/{id}/policy                  403 204
            POST   /api/v2/vps/{vmid}/actions/assign             403 204 {"account": "ACCOUNT"}
            POST   /api/v2/vps/{vmid}/actions/unassign           403 204
            GET    /api/vm/{vmid}/agent/exec                     404 200
            GET    /api/vm/{vmid}/agent/exec?pid=7               404 200
            GET    /api/vm/{vmid}/agent/exec?pid=8               404 404
            POST   /api/vm/{vmid}/agent/exec                     404 200 {"command": "x"}
            GET    /api/vm/{vmid}/status                         404 200
            POST   /api/vm/{vmid}/status                         403 409 {"action": "stop"}
            GET    /api/jobs/{jobId}                             404 404
            POST   /api/v2/vps/{vmid}/actions/start              403 409
            POST   /api/v2/vps/{vmid}/actions/shutdown           403 409
            POST   /api/v2/vps/{vmid}/actions/stop               403 409
            POST   /api/v2/vps/{vmid}/actions/restart            403 409
            POST   /api/v2/vps/{vmid}/actions/reset              403 409
            POST   /api/v2/vps/{vmid}/actions/reboot             403 409
            GET    /api/v2/vps/{vmid}/operations                 404 200
            POST   /api/v2/vps/{vmid}/actions/set-password       403 204 {"user": "root", "password": "x"}
            GET    /api/v2/doctor                                200 200
            GET    /api/v2/vps/{vmid}/ssh-keys                   403 409
            POST   /api/v2/vps/{vmid}/ssh-keys                   403 409 {"user": "root", "key": "PUBLIC_KEY"}
            DELETE /api/v2/vps/{vmid}/ssh-keys?fingerprint=SHA256:FINGERPRINT 403 409
            GET    /api/v2/operations                            200 200
            GET    /api/v2/operations/{id}                       404 404
            GET    /api/v2/vps/{vmid}/availability               404 200
            GET    /api/v2/vps/{vmid}/fsfreeze                   404 409
            POST   /api/v2/vps/{vmid}/fsfreeze                   403 409
            DELETE /api/v2/vps/{vmid}/fsfreeze                   403 409
            POST   /api/v2/vps/{vmid}/actions/fstrim             403 409
            GET    /api/v2/vps                                   200 200
            GET    /api/v2/vps/{vmid}                            404 200
            GET    /api/v2/vps/{vmid}/status                     404 200
            GET    /api/v2/vps/{vmid}/agent                      404 200
            GET    /api/v2/vps/{vmid}/files?path=/a              403 409
            PUT    /api/v2/vps/{vmid}/files?path=/a              403 409
            DELETE /api/v2/vps/{vmid}/files?path=/a              403 409
            GET    /api/v2/vps/{vmid}/files/stat?path=/a         403 409
            GET    /api/v2/vps/{vmid}/files/list?path=/a         403 409
            GET    /api/v2/vps/{vmid}/files/tree?path=/a         403 409
            PUT    /api/v2/vps/{vmid}/files/tree?path=/a         403 409
            GET    /api/v2/vps/{vmid}/files/uploads/{upload}?path=/a 403 409
            DELETE /api/v2/vps/{vmid}/files/uploads/{upload}?path=/a 403 409
            POST   /api/v2/vps/{vmid}/files/actions/mkdir        403 409 {"path": "/a"}
            POST   /api/v2/vps/{vmid}/files/actions/rename       403 409 {"path": "/a", "to": "/b"}
            POST   /api/v2/vps/{vmid}/files/actions/chmod        403 409 {"path": "/a", "mode": "0644"}
            POST   /api/v2/vps/{vmid}/files/actions/chown        403 409 {"path": "/a", "owner": "root"}
            GET    /api/v2/keys                                  403 200
            POST   /api/v2/keys                                  403 201 {"name": "n", "scopes": ["read:vm"]}
            GET    /api/v2/keys/{id}                             403 200
            PATCH  /api/v2/keys/{id}                             403 200 {"name": "n"}
            DELETE /api/v2/keys/{id}                             403 204
            POST   /api/v2/keys/{id}/actions/rotate              403 200
            GET    /api/v2/keys/{id}/policy                      403 404
            PUT    /api/v2/keys/{id}/policy                      403 201 {"onlySavedCommands": true}
            DELETE /api/v2/keys/{id}/policy                      403 204
            GET    /api/v2/keys/{id}/ssh-keys                    403 200
            POST   /api/v2/keys/{id}/ssh-keys                    403 201 {"key": "PUBLIC_KEY"}
            DELETE /api/v2/keys/{id}/ssh-keys/{sshKeyId}         403 404
            GET    /api/v2/ssh                                   404 404
            GET    /api/v2/masks                                 403 200
            POST   /api/v2/masks                                 403 201 {"name": "n", "pattern": "hunter2"}
            GET    /api/v2/masks/{name}                          403 404
            DELETE /api/v2/masks/{name}                          403 404
            GET    /api/v2/saved-commands                        200 200
            POST   /api/v2/saved-commands                        403 201 {"name": "there", "argv": ["x"]}
            GET    /api/v2/saved-commands/{name}                 404 404
            DELETE /api/v2/saved-commands/{name}                 403 404
            GET    /api/v2/audit                                 403 200
            GET    /api/v2/audit/export                          403 200
            GET    /api/v2/encryption                            403 200
            POST   /api/v2/encryption/actions/rotate             403 202
            GET    /api/v2/nodes                                 403 409
            POST   /api/v2/nodes                                 403 409 {"name": "n"}
            POST   /api/v2/nodes/actions/join                    409 409 {"token": "t", "publicKey": "NKEY"}
            GET    /api/v2/nodes/{name}                          403 409
            DELETE /api/v2/nodes/{name}                          403 409
            POST   /api/v2/nodes/{name}/actions/drain            403 409
            POST   /api/v2/nodes/{name}/actions/undrain          403 409
            POST   /api/v2/nodes/{name}/actions/revoke           403 409
            POST   /api/v2/vps/{vmid}/actions/move               403 409 {"node": "n"}
            POST   /api/v2/vps/{vmid}/terminals                  403 409
            GET    /api/v2/vps/{vmid}/terminals                  403 200
            GET    /api/v2/terminals                             403 200
            GET    /api/v2/vps/{vmid}/terminals/{id}             403 404
            DELETE /api/v2/vps/{vmid}/terminals/{id}             403 404
            POST   /api/v2/vps/{vmid}/terminals/{id}/tickets     403 404
            GET    /api/v2/vps/{vmid}/terminals/{id}/socket      401 401
            GET    /api/v2/vps/{vmid}/terminals/{id}/recording   403 404
            POST   /api/v2/vps/{vmid}/forwards                   403 409 {"host": "localhost", "port": 1}
            GET    /api/v2/vps/{vmid}/forwards                   403 200
            GET    /api/v2/vps/{vmid}/forwards/{id}              403 404
            GET    /api/v2/vps/{vmid}/forwards/{id}/socket       401 401
            GET    /api/v2/recordings                            403 200
            GET    /api/v2/recordings/{id}                       403 404
            POST   /api/v2/vps/{vmid}/executions                 404 201 {"command": "x"}
            POST   /api/v2/vps/{vmid}/executions/actions/check   404 200 {"command": "x"}
            GET    /api/v2/vps/{vmid}/executions                 404 200
            GET    /api/v2/executions                            200 200
            GET    /api/v2/executions/{id}                       404 200
            GET    /api/v2/executions/{id}/output                404 200
            GET    /api/v2/executions/{id}/events                404 200
            POST   /api/v2/executions/{id}/actions/cancel        404 409
            POST   /api/v2/executions/{id}/actions/approve       404 409 {"digest": "sha256:ZEROS"}
            POST   /api/v2/executions/{id}/actions/reject        404 409
            POST   /api/v2/executions/{id}/actions/signal        404 409 {"signal": "TERM"}
            POST   /api/v2/executions/{id}/stdin?offset=0        404 409
            GET    /api/v2/vps/{vmid}/agent/exec                 404 200
            GET    /api/v2/vps/{vmid}/agent/exec?pid=7           404 200
            GET    /api/v2/vps/{vmid}/agent/exec?pid=8           404 404
            POST   /api/v2/vps/{vmid}/agent/exec                 404 200 {"command": "x"}
            GET    /healthz                                      200 200
            GET    /metrics                                      403 200
            GET    /openapi.yaml                                 200 200
            GET    /openapi.json                                 200 200
            GET    /problems/{code}                              200 200
            """;

    private static final String PUBLIC_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String NO_OPERATION = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";

    @TempDir
    private static Path folder;

    private static FakeAgent agent;
    private static TestServer server;
    private static final Map<String, TestClient> CALLERS = new LinkedHashMap<>();
    private static String executionId = "";

    /** @param path with its query */
    record Row(
            String method,
            String path,
            int stranger,
            int admin,
            @Nullable String body) {
        static Row of(String line) {
            String[] words = line.split(" +", 5);
            String body = words.length < 5
                    ? null
                    : words[4].replace("ZEROS", "0".repeat(64))
                            .replace("PUBLIC_KEY", PUBLIC_KEY)
                            .replace("NKEY", Nkey.generate(NkeyText.Kind.USER).publicKey());
            String path = words[1].replace("FINGERPRINT", "A".repeat(43));
            return new Row(words[0], path, Integer.parseInt(words[2]), Integer.parseInt(words[3]), body);
        }

        String route() {
            return method + " " + path.replaceFirst("\\?.*", "");
        }

        boolean isOfVm() {
            return path.contains("{vmid}");
        }

        /**
         * A VM can be given to an account before it is there; a server of its own moves none; and whoever has a ticket for a socket needs
         * no key.
         */
        boolean needsVm() {
            return isOfVm() && !path.endsWith("assign") && !path.endsWith("move") && !path.endsWith("socket");
        }
    }

    static Stream<Row> rows() {
        return Stream.concat(ROUTES.lines(), DECLARED.stream()).map(Row::of);
    }

    /** The lines of the declared use cases that ROUTES does not have: an admin gets 200. */
    private static final List<String> DECLARED = new ArrayList<>();

    /** What a key needs for each route that needs one. */
    private static final Map<String, Scope> SCOPES = new LinkedHashMap<>();

    /** Where another secret than a key is shown. */
    private static final Set<String> OPEN = new HashSet<>();

    private static final String[] SCOPES_OF_A_VM = {
        "read:vm", "write:vm", "power:vm", "guest:vm", "terminal:vm", "files:vm", "forward:vm"
    };

    /** All cells of the matrix are of one address within seconds. */
    private static final CallerLimits MANY_FAILURES = new CallerLimits(
            CallerLimits.REQUESTS_PER_KEY, 100_000, 100_000, CallerLimits.FOLLOWERS_PER_KEY, CallerLimits.FOLLOWERS);

    @BeforeAll
    static void start() throws Exception {
        for (Route route :
                Stream.concat(AllRoutes.in(folder).stream(), service()).toList()) {
            UseCase useCase = route.useCase();
            if (useCase == null) {
                OPEN.add(route.method() + " " + route.template());
            } else {
                SCOPES.put(route.method() + " " + route.template(), useCase.scope());
            }
        }
        Set<String> written = rows().map(Row::route).collect(toSet());
        for (VmUseCase<?, ?> declared : AllRoutes.inVms(folder)) {
            String route = declared.method() + " /api/v2/vps/{vmid}/" + declared.path();
            if (!written.contains(route)) {
                DECLARED.add(route + (declared.useCase().scope() == Scope.READ_VM ? " 404 200" : " 403 200"));
            }
        }
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        agent.on("guest-set-time", (request, wire) -> wire.reply("{}"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
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
        String other = server.makeAccount("other");
        CALLERS.put("account", server.tenant(other, "write:vm"));
        CALLERS.put("all of an account", server.tenant(other, SCOPES_OF_A_VM));
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
    void eachRouteDemandsItsKey(Row row) {
        Scope scope = SCOPES.get(row.route());
        Map<String, Integer> expected = new LinkedHashMap<>();
        Map<String, Integer> actual = new LinkedHashMap<>();
        for (String bad : List.of("none", "malformed", "unknown", "revoked", "expired")) {
            expected.put(bad, scope == null ? row.admin : 401);
        }
        if (scope != null && scope != Scope.READ_VM) {
            expected.put("read", 403);
        }
        if (scope != null && scope != Scope.READ_VM && scope != Scope.WRITE_VM) {
            expected.put("write", 403);
        }
        expected.put("hidden", row.stranger);
        expected.put("account", row.stranger);
        expected.put("admin", row.admin);
        expected.forEach(
                (name, status) -> actual.put(name, call(caller(name), row, 1).status()));
        if (row.needsVm()) {
            expected.put("admin of no VM", 404);
            actual.put("admin of no VM", call(caller("admin"), row, 999).status());
            // No scope leads into the VM of another.
            expected.put("all of an account", 404);
            actual.put(
                    "all of an account",
                    call(caller("all of an account"), row, 1).status());
        }
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void everyRouteHasARow() {
        assertThat(rows().map(Row::route).collect(toSet()))
                .isEqualTo(
                        Stream.concat(SCOPES.keySet().stream(), OPEN.stream()).collect(toSet()));
    }

    private static Stream<Route> service() {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        StoreCheck store = new StoreCheck(() -> CompletableFuture.completedFuture(null), System::nanoTime);
        return new ServiceRoutes(() -> true, store, metrics, metrics::scrape).routes().stream();
    }

    private static TestAnswer call(TestClient caller, Row row, long vmid) {
        String id = row.path.startsWith("/api/v2/keys/")
                ? server.makeKey(List.of("read:vm"), null).id()
                : row.path.startsWith("/api/v2/executions") ? executionId : NO_OPERATION;
        String account =
                row.path.contains("/accounts/{id}") || row.path.endsWith("/assign") ? server.makeAccount("n") : "";
        String path = row.path
                .replace("{vmid}", row.path.endsWith("assign") ? "77" : Long.toString(vmid))
                .replace("/accounts/{id}", "/accounts/" + account)
                .replace("{id}", id)
                .replace("{jobId}", NO_OPERATION)
                .replace("{name}", "nothing")
                .replace("{upload}", "upload-1")
                .replace("{sshKeyId}", "ffffffffffff")
                .replace("{code}", "not_found");
        String body = row.body == null ? null : row.body.replace("ACCOUNT", account);
        return caller.send(row.method, path, request -> {
            if (body != null) {
                request.method(row.method, BodyPublishers.ofString(body));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aVmOutsideTheKeysListLooksLikeOneThatDoesNotExist(Row row) {
        if (!row.needsVm()) {
            return;
        }
        Stream<String> names = Stream.of("hidden", "account", "all of an account");
        // Whoever lacks the scope is told of that, whichever VM it is.
        for (String name : (row.stranger == 404 ? names : names.skip(2)).toList()) {
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
