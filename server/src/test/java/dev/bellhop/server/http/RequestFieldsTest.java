// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.BrokenBody;
import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A field that is not what it should be is refused, in every body that the document describes: above all null and blank
 * texts, which would be read as if the field were not there, and a field that is not there often means no limit.
 */
class RequestFieldsTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient client;
    private static Map<String, String> ids = Map.of();

    @BeforeAll
    static void start() {
        // Nobody listens on the agent's socket: no command runs, whatever is accepted.
        server = TestServer.in(folder).vm(1, folder.resolve("nobody.sock")).start();
        client = server.admin();
        String waits = client.post("/api/v2/vps/1/executions", "{\"command\": \"x\", \"deliveryTimeoutSeconds\": 600}")
                .json()
                .path("id")
                .asString();
        ids = Map.of(
                "/api/v2/executions/",
                waits,
                "/api/v2/keys/",
                server.makeKey(List.of("read:vm"), null).id(),
                "/api/v2/accounts/",
                server.makeAccount("a"),
                // No terminal is found before the body has been read.
                "/api/v2/vps/{vmid}/terminals/",
                "019c1379-5a10-7cc3-8d25-6f1f7f3f2c21");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static List<BrokenBody> bodies() {
        return BrokenBody.all();
    }

    private static String path(String template) {
        String id = ids.entrySet().stream()
                .filter(entry -> template.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findAny()
                .orElse("");
        return template.replace("{vmid}", "1").replace("{id}", id).replace("{name}", "host-1");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void aFieldThatIsNotWhatItShouldBeIsRefused(BrokenBody body) {
        TestAnswer answer = client.send(
                body.method().toUpperCase(Locale.ROOT),
                path(body.path()),
                request ->
                        request.method(body.method().toUpperCase(Locale.ROOT), BodyPublishers.ofString(body.json())));

        assertThat(answer.status()).as(body.json() + " " + answer.text()).isEqualTo(400);
        if (!body.path().startsWith("/api/v2/")) {
            assertThat(answer.code()).isEqualTo("BAD_REQUEST");
        } else if (body.isTwice()) {
            assertThat(answer.code()).isEqualTo("malformed_json");
        } else {
            assertThat(answer.json()
                            .path("errors")
                            .valueStream()
                            .map(error -> error.path("pointer").asString()))
                    .as(body.json() + " " + answer.text())
                    // Of a map it is the map that is named, where a value of it is of the right type.
                    .anyMatch(pointer -> !pointer.isEmpty() && (body.pointer() + "/").startsWith(pointer + "/"));
        }
    }

    @Test
    void manyBodiesAreTried() {
        assertThat(bodies()).hasSizeGreaterThan(500);
        assertThat(bodies().stream().map(BrokenBody::path).distinct()).hasSizeGreaterThan(15);
    }

    /** Clients that openapi-generator makes for Go and Java send null for an optional body that their caller leaves out. */
    @ParameterizedTest
    @ValueSource(strings = {"", "null", "null\n", " null "})
    void nullIsAnAbsentBodyWhereABodyIsOptional(String nothing) {
        String key = server.makeKey(List.of("read:vm"), null).id();

        assertThat(client.post("/api/v2/keys/" + key + "/actions/rotate", nothing)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void nullIsNoBodyWhereABodyIsRequired() {
        TestAnswer answer = client.post("/api/v2/keys", "null");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("malformed_json");
    }

    @Test
    void everyNullIsNamedWithWhatToDo() {
        TestAnswer answer = client.post(
                "/api/v2/keys",
                "{\"name\": \"a\", \"scopes\": [\"read:vm\"], \"vms\": null, \"policy\": {\"rules\": [null]}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json()
                        .path("errors")
                        .valueStream()
                        .map(error -> error.path("pointer").asString()))
                .containsExactly("/vms", "/policy/rules/0");
        assertThat(answer.json().path("detail").asString()).contains("/vms").contains("leave it out");
    }

    /** The error would quote the name of the field, and so have bytes that are not UTF-8. */
    @Test
    void aBodyIsUtf8BeforeItsFieldsAreLookedAt() {
        for (BrokenBody body : bodies()) {
            if (body.what().equals("not known")) {
                String json = body.json().replace("surplus", "caf\u00e9");
                String method = body.method().toUpperCase(Locale.ROOT);
                TestAnswer answer = client.send(
                        method,
                        path(body.path()),
                        request -> request.method(
                                method, BodyPublishers.ofByteArray(json.getBytes(StandardCharsets.ISO_8859_1))));

                assertThat(answer.status()).as(body.toString()).isEqualTo(400);
                assertThat(answer.message()).as(body.toString()).contains("not a valid JSON object");
            }
        }
    }

    /** The bytes of a compressed body would be read as JSON. */
    @Test
    void aCompressedBodyIsRefusedWhereverJsonIsRead() {
        for (List<String> codings : List.of(List.of("gzip"), List.of("br"), List.of("identity", "gzip"))) {
            for (BrokenBody body : bodies()) {
                if (body.what().equals("not known")) {
                    String method = body.method().toUpperCase(Locale.ROOT);
                    TestAnswer answer = client.send(method, path(body.path()), request -> {
                        codings.forEach(coding -> request.header("Content-Encoding", coding));
                        request.method(method, BodyPublishers.ofString(body.json()));
                    });

                    assertThat(answer.status()).as("%s %s", body, codings).isEqualTo(415);
                    assertThat(answer.message()).contains("send it without Content-Encoding");
                }
            }
        }
    }

    /** Before, each of these made a key that may do more than whoever wrote it meant. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"vms\": null",
                "\"policy\": null",
                "\"networks\": null",
                "\"labels\": null",
                "\"expiresInDays\": null",
                "\"expiresInDays\": \" \"",
                "\"expiresInDays\": \"\"",
                "\"policy\": {\"approval\": \" \"}",
                "\"policy\": {\"approval\": null}",
                "\"policy\": {\"onlySavedCommands\": \"\"}",
                "\"policy\": {\"savedCommands\": null}",
            })
    void noKeyIsMadeThatMayDoMoreThanWasMeant(String field) {
        int before = keys();

        TestAnswer answer = client.post("/api/v2/keys", "{\"name\": \"a\", \"scopes\": [\"write:vm\"], " + field + "}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(keys()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, '', output",
        "GET, '', raw",
        "GET, /output, raw",
        "GET, /events, raw",
        "POST, /stdin?offset=0, end",
    })
    void aBooleanInAQueryIsExactlyTrueOrFalse(String method, String below, String name) {
        String path = path("/api/v2/executions/{id}") + below + (below.contains("?") ? "&" : "?") + name + "=";
        for (String wrong : List.of("", "TRUE", "True", "1", "0", "yes", "null", "%20true", "true%20", "true,false")) {
            TestAnswer answer =
                    client.send(method, path + wrong, request -> request.method(method, BodyPublishers.noBody()));

            assertThat(answer.status()).as(path + wrong).isEqualTo(400);
            assertThat(answer.json().at("/errors/0/parameter").asString())
                    .as(answer.text())
                    .isEqualTo(name);
        }
    }

    private static int keys() {
        return client.get("/api/v2/keys?limit=100").json().path("items").size();
    }

    @Test
    void extraFieldsOfOldClientsAreIgnored() {
        for (String path : List.of(TestClient.execPath(1), "/api/v2/vps/1/agent/exec")) {
            TestAnswer answer = client.post(path, Json.mapper().writeValueAsString(Map.of("command", "x", "more", 1)));

            // It comes as far as the agent, which is not there.
            assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        }
    }
}
