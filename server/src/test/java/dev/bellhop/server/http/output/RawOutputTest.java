// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Output with its secrets is for keys that have a scope for that, and each look at it is recorded. */
@Timeout(120)
@Tag("real")
class RawOutputTest {
    private static final String SECRET = "hunter2-hunter3";
    private static final List<String> WAYS = List.of("/output?raw=true", "/events?raw=true", "?output=true&raw=true");

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String run(TestClient client, String command) {
        Map<String, Object> body = Map.of("command", command, "secretEnv", Map.of("TOKEN", SECRET));
        TestAnswer answer =
                client.post("/api/v2/vps/1/executions", Json.mapper().writeValueAsString(body));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return "/api/v2/executions/" + answer.json().path("id").asString();
    }

    private String ended(TestClient client) {
        String path = run(client, "echo $TOKEN");
        client.get(path + "?wait=30");
        return path;
    }

    private List<JsonNode> recorded(String action) {
        return server.admin()
                .get("/api/v2/audit?limit=100&action=" + action)
                .json()
                .path("items")
                .valueStream()
                .toList();
    }

    @Test
    void aKeyWithTheScopeSeesWhatWasWritten() {
        TestClient raw = server.client(
                server.makeKey(List.of("write:vm", "read:raw"), null).secret());
        String path = ended(server.admin());
        for (String way : WAYS) {
            TestAnswer answer = raw.get(path + way);
            assertThat(answer.status()).as(way).isEqualTo(200);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains(SECRET);
            assertThat(new String(raw.get(path + way.replace("=true", "=false")).body(), StandardCharsets.UTF_8))
                    .doesNotContain(SECRET);
        }
        assertThat(raw.get(path + "/output?raw=yes").status()).isEqualTo(400);
    }

    @Test
    void noOtherScopeContainsIt() {
        String path = ended(server.admin());
        for (String way : WAYS) {
            TestAnswer answer = server.admin().get(path + way);
            assertThat(answer.status()).as(way).isEqualTo(403);
            assertThat(answer.json().path("detail").asString()).contains("read:raw");
        }
        TestClient only =
                server.client(server.makeKey(List.of("read:raw"), null).secret());
        assertThat(only.get(path + "/output?raw=true").status()).isEqualTo(403);
        assertThat(only.get(path).status()).isEqualTo(403);
        TestClient looking = server.client(
                server.makeKey(List.of("read:vm", "read:raw"), null).secret());
        assertThat(looking.get(path + "?output=true&raw=true").json().has("output"))
                .isFalse();
    }

    @Test
    void whatAKeyDoesNotSeeIsNotThereRawEither() {
        String shop = server.makeAccount("shop", 1);
        String ofShop = ended(server.tenant(shop, "write:vm"));
        TestClient stranger = server.tenant(server.makeAccount("press"), "write:vm", "read:raw");
        for (String way : WAYS) {
            assertThat(stranger.get(ofShop + way).status()).isEqualTo(404);
        }
        TestClient own = server.tenant(shop, "write:vm", "read:raw");
        assertThat(new String(own.get(ofShop + "/output?raw=true").body(), StandardCharsets.UTF_8))
                .isEqualTo(SECRET + "\n");
    }

    @Test
    void eachReadIsRecordedAsWhatItIs() {
        String path = ended(server.admin());
        TestClient.MadeKey key = server.makeKey(List.of("write:vm", "read:raw"), null);
        TestClient raw = server.client(key.secret());
        raw.get(path + "/output?raw=true");
        raw.get(path + "/output?raw=true&offset=3");
        raw.get(path + "?output=true&raw=true");
        raw.get(path + "/events?raw=true");
        server.admin().get(path + "/output?raw=true");
        raw.get(path + "/output");
        raw.get(path + "/output");

        Awaitility.await().until(() -> recorded("output.raw").size() == 6);
        List<JsonNode> records = recorded("output.raw");
        assertThat(records)
                .extracting(record -> record.path("outcome").asString())
                .containsExactly("refused", "done", "begun", "done", "done", "done");
        assertThat(records)
                .allSatisfy(record ->
                        assertThat(path).endsWith(record.path("executionId").asString("?")));
        assertThat(records.getLast().path("keyId").asString()).isEqualTo(key.id());
        assertThat(recorded("execution.output")).hasSize(1);
    }

    @Test
    void nothingIsHeldBackOfIt() throws Exception {
        String path = run(server.admin(), "printf 'a hunter2-'; sleep 60");
        String key = server.makeKey(List.of("write:vm", "read:raw"), null).secret();
        try (EventReader reader = EventReader.open(server.uri(), path + "/events?raw=true", key, "0-0-1")) {
            assertThat(Objects.requireNonNull(reader.next()).data().path("text").asString())
                    .isEqualTo("a hunter2-");
        }
        server.admin().send("POST", path + "/actions/cancel", request -> {});
    }

    private static TestAnswer make(TestClient client, String scopes) {
        return client.post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": [" + scopes + "]}");
    }

    /** Somebody has to be the first to have it, and that is an admin's to say. */
    @Test
    void anAdminGivesItAndOthersGiveItOnWhereTheyHaveIt() {
        String shop = server.makeAccount("shop", 1);
        TestClient boss = server.tenant(shop, "admin:account", "write:vm");
        TestClient raw = server.tenant(shop, "admin:account", "write:vm", "read:raw");
        assertThat(make(boss, "\"read:raw\"").status()).isEqualTo(403);
        TestAnswer made = make(raw, "\"write:vm\", \"read:raw\"");
        assertThat(made.status()).isEqualTo(201);
        String rotate = "/api/v2/keys/" + made.json().path("id").asString() + "/actions/rotate";
        assertThat(boss.send("POST", rotate, request -> {}).status()).isEqualTo(403);
        assertThat(raw.send("POST", rotate, request -> {}).status()).isEqualTo(200);
        assertThat(server.admin().send("POST", rotate, request -> {}).status()).isEqualTo(200);
        assertThat(make(server.admin(), "\"admin\", \"read:raw\"").status()).isEqualTo(201);
    }
}
