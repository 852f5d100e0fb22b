// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever decides what others can do may do as much itself: each such use case, by each kind of key. */
class AuthorityTest {
    private static final String KEYS = "/api/v2/keys";
    private static final String SAVED = "/api/v2/saved-commands";
    private static final String MASKS = "/api/v2/masks";
    private static final String WALL = "{\"onlySavedCommands\": true}";
    private static final int DAYS = 30;
    private static final Map<String, String> WEB = Map.of("team", "web");
    private static final List<String> NEAR = List.of("127.0.0.0/8", "::1");
    private static final List<String> RAW = List.of("write:vm", "read:raw");

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static String account = "";
    private static final Map<String, TestClient> CALLERS = new LinkedHashMap<>();
    private static int number;

    /** Something that is done to what an admin has made just before; makes it, does it, and says with which status. */
    interface UseCase {
        TestAnswer by(TestClient caller);
    }

    /**
     * What is expected.
     *
     * @param statuses of the callers in their order: the operator; of the account, one that has all scopes, one without {@code
     *     read:raw}, one with {@code admin:account} alone, and three like the second that are limited to a VM, to a label and to
     *     a network; the first of another account; one that manages nothing
     */
    record Row(String name, UseCase useCase, String statuses) {
        @Override
        public String toString() {
            return name;
        }
    }

    private record Kind(String name, List<String> scopes, Map<String, Object> limits, String statuses) {}

    @BeforeAll
    static void start() {
        server = TestServer.in(folder)
                .vm(1, folder.resolve("1.sock"))
                .vm(2, folder.resolve("2.sock"))
                .start();
        account = server.makeAccount("ours", 1, 2);
        String other = server.makeAccount("theirs");
        List<String> all = List.of("admin:account", "write:vm", "read:raw", "power:vm", "guest:vm");
        List<String> usual = List.of("admin:account", "write:vm");
        CALLERS.put("admin", server.admin());
        CALLERS.put("all", holder(account, all, Map.of()));
        CALLERS.put("usual", holder(account, usual, Map.of()));
        CALLERS.put("manager", holder(account, List.of("admin:account"), Map.of()));
        CALLERS.put("oneVm", holder(account, all, Map.of("vms", List.of(1))));
        CALLERS.put("web", holder(account, all, Map.of("labels", WEB)));
        CALLERS.put("near", holder(account, all, Map.of("networks", NEAR)));
        CALLERS.put("stranger", holder(other, all, Map.of()));
        CALLERS.put("worker", holder(account, RAW, Map.of()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestClient caller(String name) {
        return Objects.requireNonNull(CALLERS.get(name));
    }

    private static TestAnswer make(TestClient maker, String of, List<String> scopes, Map<String, Object> limits) {
        Map<String, Object> wanted = new HashMap<>(limits);
        wanted.put("name", "n");
        wanted.put("account", of);
        wanted.put("scopes", scopes);
        return maker.post(KEYS, Json.mapper().writeValueAsString(wanted));
    }

    private static TestClient holder(String of, List<String> scopes, Map<String, Object> limits) {
        TestAnswer made = make(server.admin(), of, scopes, limits);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return server.client(made.json().path("key").stringValue());
    }

    private static TestAnswer send(TestClient caller, String method, String path, String body) {
        return caller.send(method, path, request -> request.method(method, BodyPublishers.ofString(body)));
    }

    /** The path of a key that an admin has made. */
    private static String key(List<String> scopes, Map<String, Object> limits) {
        TestAnswer made = make(server.admin(), account, scopes, limits);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return KEYS + "/" + made.json().path("id").stringValue();
    }

    private static String name() {
        return "n" + ++number;
    }

    private static TestAnswer save(TestClient caller, String name) {
        return caller.post(SAVED, "{\"name\": \"" + name + "\", \"argv\": [\"true\"]}");
    }

    /** The name of a command that an admin has saved for the account. */
    private static String saved() {
        String name = name();
        TestAnswer saved = server.admin()
                .post(SAVED, "{\"name\": \"" + name + "\", \"argv\": [\"true\"], \"account\": \"" + account + "\"}");
        assertThat(saved.status()).as(saved.text()).isEqualTo(201);
        return name;
    }

    private static TestAnswer mask(TestClient caller, String name, String pattern) {
        return caller.post(MASKS, "{\"name\": \"" + name + "\", \"pattern\": \"" + pattern + "\"}");
    }

    /** The name of a mask of the account. */
    private static String masked() {
        String name = name();
        assertThat(mask(caller("all"), name, "x").status()).isEqualTo(201);
        return name;
    }

    /** Each that is done to a key, to each kind of key. */
    private static Stream<Row> ofKeys() {
        List<String> write = List.of("write:vm");
        // The admin; all, usual, manager; oneVm, web, near; stranger, worker.
        List<Kind> kinds = List.of(
                new Kind("runs commands anywhere", write, Map.of(), "ok   ok ok 403   403 403 403   404 403"),
                new Kind("reads anywhere", List.of("read:vm"), Map.of(), "ok   ok ok ok   403 403 403   404 403"),
                new Kind("sees one VM", write, Map.of("vms", List.of(1)), "ok   ok ok 403   ok 403 403   404 403"),
                new Kind("sees two VMs", write, Map.of("vms", List.of(1, 2)), "ok   ok ok 403   403 403 403   404 403"),
                new Kind("has a label", write, Map.of("labels", WEB), "ok   ok ok 403   403 ok 403   404 403"),
                new Kind("comes from near", write, Map.of("networks", NEAR), "ok   ok ok 403   403 403 ok   404 403"),
                new Kind("sees secrets", RAW, Map.of(), "ok   ok 403 403   403 403 403   404 403"),
                new Kind("switches VMs", List.of("power:vm"), Map.of(), "ok   ok 403 403   403 403 403   404 403"),
                new Kind("changes guests", List.of("guest:vm"), Map.of(), "ok   ok 403 403   403 403 403   404 403"));
        return kinds.stream().flatMap(kind -> {
            List<String> scopes = kind.scopes;
            Map<String, Object> limits = kind.limits;
            String statuses = kind.statuses;
            String of = " a key that " + kind.name;
            return Stream.of(
                    new Row(
                            "revoke" + of,
                            caller -> send(caller, "DELETE", key(scopes, limits), ""),
                            statuses.replace("ok", "204")),
                    new Row(
                            "rotate" + of,
                            caller -> send(caller, "POST", key(scopes, limits) + "/actions/rotate", ""),
                            statuses.replace("ok", "200")),
                    new Row(
                            "give a policy to" + of,
                            caller -> send(caller, "PUT", key(scopes, limits) + "/policy", WALL),
                            statuses.replace("ok", "201")),
                    new Row(
                            "take its policy from" + of,
                            caller -> {
                                String path = key(scopes, limits) + "/policy";
                                assertThat(send(server.admin(), "PUT", path, WALL)
                                                .status())
                                        .isEqualTo(201);
                                return send(caller, "DELETE", path, "");
                            },
                            statuses.replace("ok", "204")),
                    new Row(
                            "make" + of,
                            caller -> make(caller, account, scopes, limits),
                            // Another's account is no valid value.
                            statuses.replace("ok", "201").replace("404", "400")));
        });
    }

    private static Stream<Row> ofAccounts() {
        // The admin; all, usual, manager; oneVm, web, near; stranger, worker.
        return Stream.of(
                new Row("save a command", caller -> save(caller, name()), "201  201 201 403  403 403 201  201 403"),
                // A stranger's is its own, and the admin's the operator's.
                new Row(
                        "save a new version",
                        caller -> save(caller, saved()),
                        "201  200 200 403  403 403 200  201 403"),
                new Row(
                        "delete a saved command",
                        caller -> send(caller, "DELETE", SAVED + "/" + saved() + "?account=" + account, ""),
                        "204  204 204 403  403 403 204  404 403"),
                new Row("add a mask", AuthorityTest::maskAnew, "201  201 201 403  403 403 201  201 403"),
                new Row(
                        "replace a mask",
                        caller -> send(
                                caller,
                                "POST",
                                MASKS + "?account=" + account,
                                "{\"name\": \"" + masked() + "\", \"pattern\": \"y\"}"),
                        "200  200 403 403  403 403 200  404 403"),
                new Row(
                        "delete a mask",
                        caller -> send(caller, "DELETE", MASKS + "/" + masked() + "?account=" + account, ""),
                        "204  204 403 403  403 403 204  404 403"),
                new Row(
                        "give a policy to an account",
                        caller -> send(caller, "PUT", "/api/v2/accounts/" + account + "/policy", "{}"),
                        "201  403 403 403  403 403 403  403 403"),
                new Row(
                        "take its policy from an account",
                        caller -> send(caller, "DELETE", "/api/v2/accounts/" + account + "/policy", ""),
                        "204  403 403 403  403 403 403  403 403"));
    }

    private static TestAnswer maskAnew(TestClient caller) {
        String name = name();
        TestAnswer answer = mask(caller, name, "x");
        // There are 20 at most.
        caller("all").send("DELETE", MASKS + "/" + name, request -> {});
        caller("stranger").send("DELETE", MASKS + "/" + name, request -> {});
        return answer;
    }

    static Stream<Row> rows() {
        return Stream.concat(ofKeys(), ofAccounts());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whoDecidesMayDoAsMuchItself(Row row) {
        String[] statuses = row.statuses.split(" +");
        assertThat(statuses).hasSize(CALLERS.size());
        int i = 0;
        for (Map.Entry<String, TestClient> caller : CALLERS.entrySet()) {
            TestAnswer answer = row.useCase.by(caller.getValue());
            assertThat(answer.status())
                    .as("%s by %s: %s", row.name, caller.getKey(), answer.text())
                    .isEqualTo(Integer.parseInt(statuses[i++]));
            removeMasks();
        }
    }

    private static void removeMasks() {
        for (int i = number; i > number - 2; i--) {
            caller("all").send("DELETE", MASKS + "/n" + i, request -> {});
        }
    }

    /** What a refusal says can be acted on, and nothing has changed. */
    @Test
    void aRefusalChangesNothing() {
        TestAnswer made = make(server.admin(), account, List.of("write:vm"), Map.of());
        String path = KEYS + "/" + made.json().path("id").stringValue();
        send(server.admin(), "PUT", path + "/policy", WALL);
        String name = saved();
        TestClient manager = caller("manager");

        assertThat(send(manager, "DELETE", path + "/policy", "").message())
                .startsWith(
                        "Cannot change the policy of this key because it may do more than the key in use; take one");
        assertThat(send(manager, "DELETE", path, "").status()).isEqualTo(403);
        assertThat(save(manager, name).message()).contains("write:vm");
        assertThat(send(server.admin(), "GET", path + "/policy", "")
                        .json()
                        .path("onlySavedCommands")
                        .booleanValue())
                .isTrue();
        assertThat(server.client(made.json().path("key").stringValue())
                        .get("/api/v2/vps")
                        .status())
                .isEqualTo(200);
        assertThat(server.admin()
                        .get(SAVED + "/" + name + "?account=" + account)
                        .json()
                        .path("items"))
                .hasSize(1);
    }

    /** A secret that outlives the key which knows it would be a way to stay. */
    @Test
    void aKeyThatExpiresKnowsNoSecretThatOutlivesIt() {
        List<String> scopes = List.of("write:vm");
        TestClient guest = holder(account, List.of("admin:account", "write:vm"), Map.of("expiresInDays", DAYS));

        assertThat(make(guest, account, scopes, Map.of()).status()).isEqualTo(403);
        assertThat(make(guest, account, scopes, Map.of("expiresInDays", DAYS + 1))
                        .message())
                .contains("expiresAt");
        assertThat(make(guest, account, scopes, Map.of("expiresInDays", DAYS - 1))
                        .status())
                .isEqualTo(201);
        assertThat(send(guest, "POST", key(scopes, Map.of()) + "/actions/rotate", "")
                        .status())
                .isEqualTo(403);
        assertThat(send(guest, "POST", key(scopes, Map.of("expiresInDays", 1)) + "/actions/rotate", "")
                        .status())
                .isEqualTo(200);
        assertThat(send(guest, "DELETE", key(scopes, Map.of()), "").status()).isEqualTo(204);
    }
}
