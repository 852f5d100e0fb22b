// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.http.client.EventReader.Event;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns that are masked in all output of an account, old output too. */
@Timeout(120)
@Tag("real")
class V2MasksTest {
    private static final String MASKS = "/api/v2/masks";

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1, 2).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static TestAnswer mask(TestClient client, String name, String pattern) {
        return mask(client, "", name, pattern);
    }

    private static TestAnswer mask(TestClient client, String query, String name, String pattern) {
        return client.post(MASKS + query, Json.mapper().writeValueAsString(Map.of("name", name, "pattern", pattern)));
    }

    private static String start(TestClient client, long vm, String command) {
        TestAnswer answer = client.post(
                "/api/v2/vps/" + vm + "/executions", Json.mapper().writeValueAsString(Map.of("command", command)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("id").asString();
    }

    private static String ended(TestClient client, long vm, String command) {
        String id = start(client, vm, command);
        client.get("/api/v2/executions/" + id + "?wait=30");
        return id;
    }

    private static String output(TestClient client, String id) {
        return new String(client.get("/api/v2/executions/" + id + "/output").body(), StandardCharsets.UTF_8);
    }

    private static List<String> names(TestClient client, String query) {
        return client.get(MASKS + query)
                .json()
                .path("items")
                .valueStream()
                .map(item -> item.path("name").asString())
                .toList();
    }

    @Test
    void theyMaskFromTheirFirstMomentToTheirLast() {
        TestClient admin = server.admin();
        String id = ended(admin, 1, "echo key-123 keys; echo key-4 >&2");
        assertThat(output(admin, id)).isEqualTo("key-123 keys\n");
        assertThat(mask(admin, "keys", "key-[0-9]+").status()).isEqualTo(201);
        assertThat(output(admin, id)).isEqualTo("******* keys\n");
        assertThat(admin.get("/api/v2/executions/" + id + "?output=true")
                        .json()
                        .path("output")
                        .path("stderr")
                        .asString())
                .isEqualTo("*****\n");
        server.restart();
        assertThat(output(admin, id)).isEqualTo("******* keys\n");
        assertThat(admin.run(1, "echo key-9").path("stdout").asString()).isEqualTo("*****\n");
        assertThat(mask(admin, "keys", "keys").status()).isEqualTo(200);
        assertThat(output(admin, id)).isEqualTo("key-123 ****\n");
        assertThat(names(admin, "")).containsExactly("keys");
        assertThat(admin.send("DELETE", MASKS + "/keys", request -> {}).status())
                .isEqualTo(204);
        assertThat(output(admin, id)).isEqualTo("key-123 keys\n");
        assertThat(admin.send("DELETE", MASKS + "/keys", request -> {}).status())
                .isEqualTo(404);
    }

    @Test
    void eachAccountHasItsOwn() {
        String shop = server.makeAccount("shop", 1);
        String press = server.makeAccount("press", 2);
        TestClient boss = server.tenant(shop, "admin:account", "write:vm");
        TestClient other = server.tenant(press, "admin:account", "write:vm");
        TestClient admin = server.admin();
        assertThat(mask(boss, "one", "hunter[0-9]").status()).isEqualTo(201);
        assertThat(mask(admin, "?account=" + press, "two", "hunter3").status()).isEqualTo(201);
        assertThat(mask(admin, "three", "hunter4").status()).isEqualTo(201);
        assertThat(names(boss, "")).containsExactly("one");
        assertThat(names(boss, "?account=" + shop)).containsExactly("one");
        assertThat(names(admin, "?account=" + shop)).containsExactly("one");
        assertThat(names(other, "")).containsExactly("two");
        assertThat(names(admin, "")).containsExactly("three");
        for (String query : List.of("?account=" + press, "?account=000000000000")) {
            assertThat(boss.get(MASKS + query).status()).isEqualTo(404);
            assertThat(mask(boss, query, "x", "x").status()).isEqualTo(404);
            assertThat(boss.send("DELETE", MASKS + "/two" + query, request -> {})
                            .status())
                    .isEqualTo(404);
        }
        String command = "echo hunter2 hunter3 hunter4";
        String ofShop = ended(boss, 1, command);
        assertThat(output(boss, ofShop)).isEqualTo("******* ******* *******\n");
        assertThat(output(admin, ofShop)).isEqualTo("******* ******* *******\n");
        assertThat(output(other, ended(other, 2, command))).isEqualTo("hunter2 ******* hunter4\n");
        assertThat(output(admin, ended(admin, 1, command))).isEqualTo("hunter2 hunter3 *******\n");
    }

    @Test
    void aMatchThatIsWrittenInPartsIsNeverSeen() throws Exception {
        mask(server.admin(), "keys", "key-[0-9]{3}");
        String id = start(
                server.admin(),
                1,
                "printf 'one\\nkey-1'; while [ ! -e " + folder.resolve("go") + " ]; do sleep 0.02; done; echo 23");
        try (EventReader reader =
                EventReader.open(server.uri(), "/api/v2/executions/" + id + "/events", server.adminKey(), "0-0-1")) {
            assertThat(Objects.requireNonNull(reader.next()).data().path("text").asString())
                    .isEqualTo("one\n");
            Files.createFile(folder.resolve("go"));
            Event second = Objects.requireNonNull(reader.next());
            assertThat(second.data().path("text").asString()).isEqualTo("*******\n");
            assertThat(second.data().path("offset").asInt()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a b | x                     | /name
            n   | hunter2(              | /pattern
            n   | (?=x)                 | /pattern
            n   | \\1                   | /pattern
            n   | ((a{100}){100}){100}  | /pattern
            n   | ((a{20}){20}){20}     | /pattern
            """)
    void whatIsNoPatternIsRefused(String name, String pattern, String pointer) {
        TestAnswer answer = mask(server.admin(), name, pattern);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo(pointer);
        assertThat(answer.text()).doesNotContain("hunter2");
    }

    @Test
    void thereAreOnlySoMany() {
        TestClient admin = server.admin();
        assertThat(mask(admin, "n", "x".repeat(257)).status()).isEqualTo(400);
        for (int i = 0; i < 20; i++) {
            assertThat(mask(admin, "n" + i, "x" + i).status()).isEqualTo(201);
        }
        assertThat(mask(admin, "n20", "x").status()).isEqualTo(400);
        assertThat(mask(admin, "n0", "y").status()).isEqualTo(200);
        assertThat(mask(admin, "n1", "[a-z]{980}").status()).isEqualTo(400);
        assertThat(names(admin, "")).hasSize(20);
    }
}
