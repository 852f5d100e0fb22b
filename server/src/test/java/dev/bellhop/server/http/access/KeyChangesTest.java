// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Changes of keys change the named fields, and lead to no rights that the caller lacks. */
@Timeout(60)
@Tag("real")
class KeyChangesTest {
    private static final String KEYS = "/api/v2/keys";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;
    private static String account = "";

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).realAgent(1).start();
        admin = server.admin();
        account = server.makeAccount("ours", 1, 2);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestAnswer patch(TestClient caller, String id, String body) {
        return caller.send("PATCH", KEYS + "/" + id, request -> request.method("PATCH", BodyPublishers.ofString(body)));
    }

    private static JsonNode view(String id) {
        return admin.get(KEYS + "/" + id).json();
    }

    private static JsonNode make(String fields) {
        TestAnswer made = admin.post(KEYS, "{\"name\": \"n\", " + fields + "}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json();
    }

    private static String id(JsonNode made) {
        return made.path("id").stringValue();
    }

    private static String ours(String fields) {
        return id(make(fields + ", \"account\": \"" + account + "\""));
    }

    /** An administrator of the account, with a key that has limits. */
    private static TestClient boss(String id) {
        assertThat(patch(admin, id, "{\"scopes\": [\"admin:account\", \"write:vm\"]}")
                        .status())
                .isEqualTo(200);
        return server.client(admin.post(KEYS + "/" + id + "/actions/rotate", "{}")
                .json()
                .path("key")
                .stringValue());
    }

    private static TestClient limitedBoss() {
        return boss(ours("\"scopes\": [\"admin:account\"], \"vms\": [1], \"networks\": [\"127.0.0.0/8\", \"::1\"],"
                + " \"expiresInDays\": 2"));
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

    @Test
    void changedFieldsAreStoredAndOthersStay() {
        String id = id(make("\"scopes\": [\"write:vm\"], \"vms\": [1], \"expiresInDays\": 3"));
        JsonNode before = view(id);

        TestAnswer renamed = patch(admin, id, "{\"name\": \"other\", \"networks\": [\"10.0.0.0/8\"]}");

        assertThat(renamed.status()).as(renamed.text()).isEqualTo(200);
        server.restart();
        JsonNode after = view(id);
        assertThat(after).isEqualTo(renamed.json());
        assertThat(after.path("name").stringValue()).isEqualTo("other");
        assertThat(after.path("networks").toString()).isEqualTo("[\"10.0.0.0/8\"]");
        for (String field : List.of("scopes", "vms", "createdAt", "expiresAt", "prefix")) {
            assertThat(after.path(field)).as(field).isEqualTo(before.path(field));
        }
        JsonNode free = patch(admin, id, "{\"allVms\": true, \"anyNetwork\": true, \"neverExpires\": true}")
                .json();
        assertThat(free.has("vms") || free.has("networks") || free.has("expiresAt"))
                .isFalse();
        JsonNode limited = patch(admin, id, "{\"scopes\": [\"read:vm\"], \"vms\": [2], \"expiresInSeconds\": 60}")
                .json();
        assertThat(limited.path("scopes").toString()).isEqualTo("[\"read:vm\"]");
        assertThat(limited.path("vms").toString()).isEqualTo("[2]");
        assertThat(Instant.parse(limited.path("expiresAt").stringValue()))
                .isBetween(Instant.now(), Instant.now().plusSeconds(60));
    }

    @Test
    void staleIfMatchChangesNothing() {
        String id = id(make("\"scopes\": [\"read:vm\"]"));
        String etag = Objects.requireNonNull(admin.get(KEYS + "/" + id).header("ETag"));
        TestAnswer first = admin.send(
                "PATCH",
                KEYS + "/" + id,
                request -> request.header("If-Match", etag)
                        .method("PATCH", BodyPublishers.ofString("{\"name\": \"first\"}")));
        assertThat(first.header("ETag")).isNotEqualTo(etag);

        TestAnswer second = admin.send(
                "PATCH",
                KEYS + "/" + id,
                request -> request.header("If-Match", etag)
                        .method("PATCH", BodyPublishers.ofString("{\"allVms\": true}")));

        assertThat(second.status()).isEqualTo(412);
        assertThat(view(id).path("name").stringValue()).isEqualTo("first");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"scopes\": [\"admin\"]}",
                "{\"scopes\": [\"read:raw\", \"write:vm\"]}",
                "{\"scopes\": [\"power:vm\"]}",
                "{\"vms\": [1, 2]}",
                "{\"allVms\": true}",
                "{\"networks\": [\"0.0.0.0/0\"]}",
                "{\"anyNetwork\": true}",
                "{\"neverExpires\": true}",
                "{\"expiresInSeconds\": 300000}"
            })
    void accountsAdministratorGivesNothingThatItLacks(String body) {
        TestClient boss = limitedBoss();
        String id =
                ours("\"scopes\": [\"read:vm\"], \"vms\": [1], \"networks\": [\"127.0.0.1\"], \"expiresInDays\": 1");
        JsonNode before = view(id);

        TestAnswer refused = patch(boss, id, body);

        // A key of an account cannot have the scope admin.
        assertThat(refused.status()).as(refused.text()).isIn(400, 403);
        assertThat(view(id)).isEqualTo(before);
    }

    @Test
    void accountsAdministratorChangesNoKeyThatCanDoMoreAndNoneOfOthers() {
        TestClient boss = limitedBoss();
        for (String more : List.of(
                "\"scopes\": [\"power:vm\"], \"vms\": [1], \"networks\": [\"127.0.0.1\"]",
                "\"scopes\": [\"read:vm\"], \"vms\": [2], \"networks\": [\"127.0.0.1\"]",
                "\"scopes\": [\"read:vm\"], \"vms\": [1]")) {
            assertThat(patch(boss, ours(more), "{\"name\": \"mine\"}").status())
                    .as(more)
                    .isEqualTo(403);
        }
        String operators = id(make("\"scopes\": [\"read:vm\"], \"vms\": [1], \"networks\": [\"127.0.0.1\"]"));
        assertThat(patch(boss, operators, "{\"name\": \"mine\"}").status()).isEqualTo(404);
        String others =
                server.makeKeyOf(server.makeAccount("others"), "read:vm").id();
        assertThat(patch(boss, others, "{\"name\": \"mine\"}").status()).isEqualTo(404);
    }

    @Test
    void keyThatOutlivesItsAdministratorCanBeNarrowedAndNotProlonged() {
        TestClient boss = limitedBoss();
        String id =
                ours("\"scopes\": [\"write:vm\"], \"vms\": [1], \"networks\": [\"127.0.0.1\"], \"expiresInDays\": 9");

        assertThat(patch(boss, id, "{\"scopes\": [\"read:vm\"]}").status()).isEqualTo(200);
        assertThat(patch(boss, id, "{\"expiresInSeconds\": 500000}").status()).isEqualTo(200);
        assertThat(patch(boss, id, "{\"expiresInSeconds\": 600000}").status()).isEqualTo(403);
        assertThat(patch(boss, id, "{\"name\": \"renamed\"}").status()).isEqualTo(200);
    }

    @Test
    void keyThatOutlivesItsAdministratorGainsNothing() {
        TestClient boss = boss(ours("\"scopes\": [\"admin:account\"], \"expiresInDays\": 2"));
        String id = ours("\"scopes\": [\"write:vm\"], \"vms\": [1], \"networks\": [\"127.0.0.1\"]");

        assertThat(patch(boss, id, "{\"allVms\": true}").status()).isEqualTo(403);
        assertThat(patch(boss, id, "{\"anyNetwork\": true}").status()).isEqualTo(403);
        assertThat(patch(boss, id, "{\"allVms\": true, \"expiresInSeconds\": 3600}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void administratorWidensNotItself() {
        String id = ours("\"scopes\": [\"admin:account\"], \"vms\": [1], \"expiresInDays\": 2");
        TestClient boss = boss(id);

        assertThat(patch(boss, id, "{\"allVms\": true}").status()).isEqualTo(403);
        assertThat(patch(boss, id, "{\"neverExpires\": true}").status()).isEqualTo(403);
        assertThat(patch(boss, id, "{\"scopes\": [\"admin:account\", \"terminal:vm\"]}")
                        .status())
                .isEqualTo(403);
        assertThat(patch(boss, id, "{\"scopes\": [\"write:vm\"]}").status()).isEqualTo(200);
        assertThat(patch(boss, id, "{\"scopes\": [\"admin:account\"]}").status())
                .isEqualTo(403);
    }

    @Test
    void scopesThatDoNotFitTheKeyAreRefused() {
        String ofAccount = ours("\"scopes\": [\"read:vm\"]");
        assertThat(faults(patch(admin, ofAccount, "{\"scopes\": [\"admin\"]}"))).isEqualTo("/scopes unknown_value");
        String operators = id(make("\"scopes\": [\"read:vm\"], \"vms\": [1]"));
        assertThat(faults(patch(admin, operators, "{\"scopes\": [\"admin:account\"]}")))
                .isEqualTo("/scopes unknown_value");
        assertThat(faults(patch(admin, operators, "{\"scopes\": [\"admin\"]}"))).isEqualTo("/allVms required");
        String labelled = id(make("\"scopes\": [\"read:vm\"], \"labels\": {\"team\": \"a\"}"));
        assertThat(faults(patch(admin, labelled, "{\"scopes\": [\"admin\"]}"))).isEqualTo("/scopes unknown_value");
        String guarded = ours("\"scopes\": [\"write:vm\"], \"policy\": {\"onlySavedCommands\": true}");
        assertThat(faults(patch(admin, guarded, "{\"scopes\": [\"admin:account\"]}")))
                .isEqualTo("/scopes unknown_value");
    }

    @Test
    void wrongFieldsAreToldByName() {
        String id = id(make("\"scopes\": [\"read:vm\"]"));
        assertThat(faults(patch(
                        admin,
                        id,
                        "{\"name\": \"\", \"scopes\": [\"x\"], \"vms\": [0], \"networks\": [\"x\"],"
                                + " \"expiresInSeconds\": 59}")))
                .isEqualTo("/name out_of_range, /scopes/0 unknown_value, /vms/0 out_of_range, /networks/0 malformed,"
                        + " /expiresInSeconds out_of_range");
        assertThat(faults(patch(admin, id, "{\"vms\": [1], \"allVms\": true}"))).isEqualTo("/allVms unknown_field");
        assertThat(faults(patch(admin, id, "{\"networks\": [\"::1\"], \"anyNetwork\": true}")))
                .isEqualTo("/anyNetwork unknown_field");
        assertThat(faults(patch(admin, id, "{\"expiresAt\": \"2020-01-01T00:00:00Z\", \"expiresInSeconds\": 60}")))
                .isEqualTo("/expiresInSeconds unknown_field");
        assertThat(faults(patch(admin, id, "{\"expiresAt\": \"2020-01-01T00:00:00Z\"}")))
                .isEqualTo("/expiresAt out_of_range");
        // Many programs send null for fields that they do not set, and it must not remove a limit.
        assertThat(patch(admin, id, "{\"vms\": null}").status()).isEqualTo(400);
        assertThat(patch(admin, id, "{\"account\": \"" + account + "\"}").status())
                .isEqualTo(400);
    }

    @Test
    void endedKeysDoNotChange() {
        String id = id(make("\"scopes\": [\"read:vm\"]"));
        admin.send("DELETE", KEYS + "/" + id, request -> {});

        TestAnswer refused = patch(admin, id, "{\"neverExpires\": true}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("key_ended");
        assertThat(patch(admin, "ffffffffffff", "{\"name\": \"n\"}").status()).isEqualTo(404);
    }

    @Test
    void representationShowsThePolicy() {
        String id = ours("\"scopes\": [\"write:vm\"], \"policy\": {\"onlySavedCommands\": true}");
        assertThat(view(id).path("policy").path("onlySavedCommands").asBoolean())
                .isTrue();
        admin.send("DELETE", KEYS + "/" + id + "/policy", request -> {});
        assertThat(view(id).has("policy")).isFalse();
    }

    @Test
    void newKeysExpireAtATimeOrInSeconds() {
        Instant at = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MILLIS);
        assertThat(Instant.parse(make("\"scopes\": [\"read:vm\"], \"expiresAt\": \"" + at + "\"")
                        .path("expiresAt")
                        .stringValue()))
                .isEqualTo(at);
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        JsonNode soon = make("\"scopes\": [\"read:vm\"], \"expiresInSeconds\": 60");
        assertThat(Instant.parse(soon.path("expiresAt").stringValue()))
                .isBetween(before.plusSeconds(60), Instant.now().plusSeconds(60));
        for (String wrong : List.of("59", "315360001", "-1", "9223372036854775807")) {
            assertThat(faults(admin.post(
                            KEYS, "{\"name\": \"n\", \"scopes\": [\"read:vm\"], \"expiresInSeconds\": " + wrong + "}")))
                    .isEqualTo("/expiresInSeconds out_of_range");
        }
    }

    @Test
    void openStreamsEndWithTheRightThatTheyNeed() throws Exception {
        JsonNode key = make("\"scopes\": [\"write:vm\"]");
        String execution = admin.post("/api/v2/vps/1/executions", "{\"command\": \"sleep 50\"}")
                .json()
                .path("id")
                .stringValue();
        try (EventReader reader = EventReader.open(
                server.uri(),
                "/api/v2/executions/" + execution + "/events",
                key.path("key").stringValue(),
                null)) {
            assertThat(Objects.requireNonNull(reader.next()).state()).isEqualTo("running");
            assertThat(patch(admin, id(key), "{\"name\": \"renamed\"}").status())
                    .isEqualTo(200);
            assertThat(server.client(key.path("key").stringValue())
                            .get("/api/v2/executions/" + execution)
                            .status())
                    .isEqualTo(200);

            assertThat(patch(admin, id(key), "{\"scopes\": [\"read:vm\"]}").status())
                    .isEqualTo(200);

            assertThat(reader.next()).isNull();
        }
        admin.send("POST", "/api/v2/executions/" + execution + "/actions/cancel", request -> {});
    }

    @Test
    void requestThatArrivesSlowlyGivesNoRightThatItsKeyHasLost() throws Exception {
        JsonNode key = make("\"scopes\": [\"admin\"]");
        String body = "{\"name\": \"late\", \"scopes\": [\"admin\"]}";
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request(
                    "POST", KEYS, "X-API-Key: " + key.path("key").stringValue(), "Content-Length: " + body.length());
            http.send(body.substring(0, 5));
            await().until(() -> view(id(key)).has("lastUsedAt"));
            assertThat(patch(admin, id(key), "{\"scopes\": [\"read:vm\"]}").status())
                    .isEqualTo(200);
            http.send(body.substring(5));

            assertThat(http.answer().status()).isEqualTo(401);
        }
        assertThat(admin.get(KEYS).text()).doesNotContain("\"late\"");
    }

    @Test
    void bodyIsReadAsJson() {
        String id = id(make("\"scopes\": [\"read:vm\"]"));
        assertThat(patch(admin, id, "[]").code()).isEqualTo("malformed_json");
        assertThat(Json.mapper().readTree(patch(admin, id, "{}").body())).isEqualTo(view(id));
    }
}
