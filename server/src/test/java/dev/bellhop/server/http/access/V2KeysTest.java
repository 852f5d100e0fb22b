// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Making, listing and revoking keys over HTTP. */
class V2KeysTest {
    private static final String PATH = "/api/v2/keys";
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock(START);
    private TestServer server;
    private TestClient admin;

    @BeforeEach
    void start() {
        server = TestServer.in(folder)
                .vm(1, folder.resolve("none.sock"))
                .clock(clock)
                .start();
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestAnswer create(Map<String, Object> wanted) {
        return admin.post(PATH, Json.mapper().writeValueAsString(wanted));
    }

    @Test
    void aNewKeyIsAnsweredFieldForField() {
        TestAnswer answer = create(Map.of(
                "name", "ci", "scopes", List.of("write:vm", "read:vm"), "vms", List.of(7, 1), "expiresInDays", 90));

        assertThat(answer.status()).isEqualTo(201);
        JsonNode json = answer.json();
        assertThat(json.propertyNames())
                .containsExactlyInAnyOrder("id", "key", "name", "scopes", "vms", "createdAt", "expiresAt");
        assertThat(json.path("name").stringValue()).isEqualTo("ci");
        assertThat(json.path("scopes").toString()).isEqualTo("[\"read:vm\",\"write:vm\"]");
        assertThat(json.path("vms").toString()).isEqualTo("[1,7]");
        assertThat(json.path("createdAt").stringValue()).isEqualTo("2026-03-01T12:00:00.000Z");
        assertThat(json.path("expiresAt").stringValue()).isEqualTo("2026-05-30T12:00:00.000Z");
        String id = json.path("id").stringValue();
        assertThat(json.path("key").stringValue()).matches("bellhop_" + id + "_[0-9a-f]{64}");
    }

    @Test
    void whatWasNotAskedForIsAbsent() {
        JsonNode json =
                create(Map.of("name", "n", "scopes", List.of("read:vm"))).json();

        assertThat(json.has("vms")).isFalse();
        assertThat(json.has("expiresAt")).isFalse();
    }

    @Test
    void noTwoKeysAreAlike() {
        TestClient.MadeKey one = server.makeKey(List.of("read:vm"), null);
        TestClient.MadeKey two = server.makeKey(List.of("read:vm"), null);

        assertThat(one.id()).isNotEqualTo(two.id());
        assertThat(one.secret().substring(21)).isNotEqualTo(two.secret().substring(21));
    }

    @Test
    void aListShowsEverythingButSecrets() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), List.of(1L));
        TestAnswer answer = admin.get(PATH);

        assertThat(answer.json().propertyNames()).containsExactly("items");
        JsonNode items = answer.json().path("items");
        assertThat(items.size()).isEqualTo(2);
        JsonNode view = items.valueStream()
                .filter(item -> item.path("id").stringValue().equals(made.id()))
                .findFirst()
                .orElseThrow();
        assertThat(view.propertyNames())
                .containsExactlyInAnyOrder("id", "name", "prefix", "scopes", "vms", "createdAt");
        assertThat(view.path("prefix").stringValue()).isEqualTo("bellhop_" + made.id());
        assertThat(answer.text())
                .doesNotContain(made.secret().substring(21))
                .doesNotContain(server.adminKey().substring(21));
    }

    @Test
    void pagesGoOnWhereTheLastOneEnded() {
        List<String> made = new ArrayList<>();
        made.add(admin.get(PATH).json().path("items").path(0).path("id").stringValue());
        for (int i = 0; i < 6; i++) {
            clock.advance(Duration.ofMillis(1));
            made.add(server.makeKey(List.of("read:vm"), null).id());
        }
        List<String> listed = new ArrayList<>();
        String path = PATH + "?limit=3";
        TestAnswer page = admin.get(path);
        collect(page, listed);
        assertThat(listed).hasSize(3);
        // What is added or goes away meanwhile neither repeats nor hides anything.
        admin.send("DELETE", PATH + "/" + made.get(2), request -> {});
        while (page.json().has("nextCursor")) {
            page = admin.get(path + "&cursor=" + page.json().path("nextCursor").stringValue());
            collect(page, listed);
        }
        assertThat(listed).isEqualTo(made);
    }

    private static void collect(TestAnswer page, List<String> into) {
        page.json().path("items").forEach(item -> into.add(item.path("id").stringValue()));
    }

    @Test
    void aPageThatEndsTheListHasNoCursor() {
        server.makeKey(List.of("read:vm"), null);

        assertThat(admin.get(PATH + "?limit=2").json().has("nextCursor")).isFalse();
        assertThat(admin.get(PATH + "?limit=1").json().has("nextCursor")).isTrue();
    }

    @Test
    void badPagingNamesTheParameter() {
        for (String query : List.of("limit=0", "limit=101", "limit=x", "limit=", "limit=-1", "limit=1.5")) {
            JsonNode error = fault(admin.get(PATH + "?" + query));
            assertThat(error.path("parameter").stringValue()).isEqualTo("limit");
            assertThat(error.path("code").stringValue()).isEqualTo("out_of_range");
        }
        JsonNode error = fault(admin.get(PATH + "?cursor=!!"));
        assertThat(error.path("parameter").stringValue()).isEqualTo("cursor");
        assertThat(error.path("code").stringValue()).isEqualTo("malformed");
        assertThat(admin.get(PATH + "?limit=1&limit=2").status()).isEqualTo(400);
    }

    private static JsonNode fault(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("invalid_field");
        assertThat(answer.json().path("errors").size()).as(answer.text()).isEqualTo(1);
        return answer.json().path("errors").path(0);
    }

    @Test
    void aRevokedKeyIsRefusedFromThenOnAndAfterARestart() {
        clock.advance(Duration.ofMinutes(1));
        TestClient.MadeKey made = server.makeKey(List.of("admin"), null);
        TestClient holder = server.client(made.secret());
        assertThat(holder.get(PATH).status()).isEqualTo(200);
        clock.advance(Duration.ofMinutes(4));
        TestAnswer revoked = admin.send("DELETE", PATH + "/" + made.id(), request -> {});
        assertThat(revoked.status()).isEqualTo(204);
        assertThat(holder.get(PATH).status()).isEqualTo(401);

        clock.advance(Duration.ofMinutes(5));
        assertThat(admin.send("DELETE", PATH + "/" + made.id(), request -> {}).status())
                .isEqualTo(204);
        server.restart();
        assertThat(holder.get(PATH).status()).isEqualTo(401);
        JsonNode view = admin.get(PATH).json().path("items").path(1);
        assertThat(view.path("revokedAt").stringValue())
                .as("when it was revoked first")
                .isEqualTo("2026-03-01T12:05:00.000Z");
    }

    @Test
    void aKeyMayRevokeItself() {
        TestClient.MadeKey made = server.makeKey(List.of("admin"), null);
        TestClient holder = server.client(made.secret());

        assertThat(holder.send("DELETE", PATH + "/" + made.id(), request -> {}).status())
                .isEqualTo(204);
        assertThat(holder.get(PATH).status()).isEqualTo(401);
    }

    @Test
    void aKeyThatDoesNotExistCannotBeRevoked() {
        assertThat(admin.send("DELETE", PATH + "/ffffffffffff", request -> {}).status())
                .isEqualTo(404);
        assertThat(admin.send("DELETE", PATH + "/" + server.adminKey(), request -> {})
                        .status())
                .isEqualTo(404);
    }

    private JsonNode view(String id) {
        return admin.get(PATH)
                .json()
                .path("items")
                .valueStream()
                .filter(key -> key.path("id").stringValue().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private TestAnswer rotate(String id, String body) {
        return admin.post(PATH + "/" + id + "/actions/rotate", body);
    }

    private static String secret(TestAnswer rotated) {
        assertThat(rotated.status()).as(rotated.text()).isEqualTo(200);
        return rotated.json().path("key").stringValue();
    }

    private int status(String secret) {
        return server.client(secret).get("/api/v2/vps").status();
    }

    @Test
    void aKeyIsUsedFromItsNetworksAlone() {
        JsonNode here = create(
                        Map.of("name", "n", "scopes", List.of("read:vm"), "networks", List.of("127.0.0.0/8", "::1")))
                .json();
        JsonNode elsewhere = create(
                        Map.of("name", "n", "scopes", List.of("read:vm"), "networks", List.of("192.0.2.0/24")))
                .json();
        assertThat(here.path("networks").toString()).isEqualTo("[\"127.0.0.0/8\",\"0:0:0:0:0:0:0:1/128\"]");
        for (int round = 0; round < 2; round++) {
            assertThat(status(here.path("key").stringValue())).isEqualTo(200);
            TestAnswer refused =
                    server.client(elsewhere.path("key").stringValue()).get("/api/v2/vps");
            TestAnswer unknown =
                    server.client("bellhop_ffffffffffff_" + "0".repeat(64)).get("/api/v2/vps");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.message()).isEqualTo(unknown.message());
            assertThat(refused.headers().map().keySet())
                    .isEqualTo(unknown.headers().map().keySet());
            server.restart();
        }
        assertThat(view(elsewhere.path("id").stringValue()).path("networks").toString())
                .isEqualTo("[\"192.0.2.0/24\"]");
        assertThat(view(elsewhere.path("id").stringValue()).has("lastUsedAt")).isFalse();
    }

    @Test
    void aKeyRevokedWhileItsRequestArrivesDoesNothing() throws Exception {
        TestClient.MadeKey made = server.makeKey(List.of("admin"), null);
        String body = "{\"name\": \"late\", \"scopes\": [\"admin\"]}";
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("POST", PATH, "X-API-Key: " + made.secret(), "Content-Length: " + body.length());
            http.send(body.substring(0, 5));
            await().until(() -> view(made.id()).has("lastUsedAt"));
            server.admin().send("DELETE", PATH + "/" + made.id(), request -> {});
            http.send(body.substring(5));

            assertThat(http.answer().status()).isEqualTo(401);
        }
        assertThat(server.admin().get(PATH).text()).doesNotContain("late");
    }

    @Test
    void aListTellsWhenAKeyWasUsedLast() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        assertThat(view(made.id()).has("lastUsedAt")).isFalse();
        clock.advance(Duration.ofMinutes(5));
        status(made.secret());
        assertThat(view(made.id()).path("lastUsedAt").stringValue()).isEqualTo("2026-03-01T12:05:00.000Z");
        clock.advance(Duration.ofMillis(999));
        status(made.secret());
        assertThat(view(made.id()).path("lastUsedAt").stringValue()).isEqualTo("2026-03-01T12:05:00.000Z");
        clock.advance(Duration.ofMillis(1));
        status(made.secret());
        assertThat(view(made.id()).path("lastUsedAt").stringValue()).isEqualTo("2026-03-01T12:05:01.000Z");
        server.restart();
        assertThat(view(made.id()).path("lastUsedAt").stringValue()).isEqualTo("2026-03-01T12:05:01.000Z");
        clock.advance(Duration.ofMinutes(5));
        status("bellhop_" + made.id() + "_" + "0".repeat(64));
        assertThat(view(made.id()).path("lastUsedAt").stringValue())
                .as("a wrong secret is no use")
                .isEqualTo("2026-03-01T12:05:01.000Z");
    }

    @Test
    void aRotatedKeyHasTwoSecretsForAWhile() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), List.of(1L));
        TestAnswer rotated = rotate(made.id(), "{\"overlapSeconds\": 3600}");
        String second = secret(rotated);
        assertThat(rotated.json().path("oldSecretUntil").stringValue()).isEqualTo("2026-03-01T13:00:00.000Z");
        assertThat(rotated.json().path("vms").toString()).isEqualTo("[1]");
        assertThat(rotated.json().path("createdAt").stringValue()).isEqualTo("2026-03-01T12:00:00.000Z");
        assertThat(second).startsWith("bellhop_" + made.id() + "_").isNotEqualTo(made.secret());
        server.restart();
        clock.advance(Duration.ofHours(1).minusMillis(1));
        assertThat(status(made.secret())).isEqualTo(200);
        assertThat(status(second)).isEqualTo(200);
        assertThat(view(made.id()).has("oldSecretUntil")).isTrue();

        clock.advance(Duration.ofMillis(1));
        assertThat(status(made.secret())).isEqualTo(401);
        assertThat(status(second)).isEqualTo(200);
        assertThat(view(made.id()).has("oldSecretUntil")).isFalse();
        server.restart();
        assertThat(status(made.secret())).isEqualTo(401);
        assertThat(status(second)).isEqualTo(200);
    }

    @Test
    void withoutAnOverlapTheOldSecretEndsAtOnce() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        assertThat(status(made.secret())).isEqualTo(200);
        String second = secret(rotate(made.id(), "{\"overlapSeconds\": 3600}"));
        assertThat(status(second)).isEqualTo(200);
        String third = secret(admin.send("POST", PATH + "/" + made.id() + "/actions/rotate", request -> {}));
        for (int round = 0; round < 2; round++) {
            assertThat(status(made.secret())).isEqualTo(401);
            assertThat(status(second)).isEqualTo(401);
            assertThat(status(third)).isEqualTo(200);
            server.restart();
        }
    }

    @Test
    void rotatingTwiceEndsTheFirstSecretBeforeItsTime() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        String second = secret(rotate(made.id(), "{\"overlapSeconds\": 3600}"));
        String third = secret(rotate(made.id(), "{\"overlapSeconds\": 60}"));

        assertThat(status(made.secret())).isEqualTo(401);
        assertThat(status(second)).isEqualTo(200);
        assertThat(status(third)).isEqualTo(200);
        admin.send("DELETE", PATH + "/" + made.id(), request -> {});
        assertThat(status(second)).isEqualTo(401);
        assertThat(status(third)).isEqualTo(401);
    }

    @Test
    void onlyAValidKeyIsRotated() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        for (String overlap : List.of("-1", "2592001")) {
            assertThat(fault(rotate(made.id(), "{\"overlapSeconds\": " + overlap + "}"))
                            .path("code")
                            .stringValue())
                    .isEqualTo("out_of_range");
        }
        assertThat(fault(rotate(made.id(), "{\"overlap\": 1}")).path("code").stringValue())
                .isEqualTo("unknown_field");
        assertThat(status(made.secret())).isEqualTo(200);
        admin.send("DELETE", PATH + "/" + made.id(), request -> {});

        assertThat(rotate(made.id(), "{}").code()).isEqualTo("key_ended");
        assertThat(rotate("ffffffffffff", "{}").status()).isEqualTo(404);
        assertThat(status(made.secret())).isEqualTo(401);
    }

    @Test
    void aKeyEndsAtTheVeryMoment() {
        String secret = create(Map.of("name", "n", "scopes", List.of("read:vm"), "expiresInDays", 1))
                .json()
                .path("key")
                .stringValue();
        TestClient holder = server.client(secret);

        clock.advance(Duration.ofDays(1).minusMillis(1));
        assertThat(holder.get("/api/v2/vps").status()).isEqualTo(200);
        clock.advance(Duration.ofMillis(1));
        assertThat(holder.get("/api/v2/vps").status()).isEqualTo(401);
        server.restart();
        assertThat(holder.get("/api/v2/vps").status()).isEqualTo(401);
    }
}
