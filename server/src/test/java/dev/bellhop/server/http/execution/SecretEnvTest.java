// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Secret variables reach the command, and nobody else. */
@Timeout(120)
@Tag("real")
class SecretEnvTest {
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String SECRET = "hunter2-is-no-secret";

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

    private static String body(String command) {
        return Json.mapper()
                .writeValueAsString(Map.of("command", command, "secretEnv", Map.of("TOKEN", SECRET, "OTHER", "12345")));
    }

    private static List<String> names(JsonNode execution) {
        return execution.path("secretEnv").valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void theCommandHasThemAndViewsShowTheirNamesAlone() {
        TestAnswer created = server.admin().post(CREATE + "?wait=30", body("echo ${#TOKEN} $OTHER | tr 1-5 6-9x"));
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(created.json().path("output").path("stdout").asString()).isEqualTo("70 6789x\n");
        assertThat(created.text()).doesNotContain(SECRET).doesNotContain("12345");
        assertThat(names(created.json())).containsExactly("OTHER", "TOKEN");

        String path = "/api/v2/executions/" + created.json().path("id").asString();
        server.restart();
        TestAnswer later = server.admin().get(path);
        assertThat(names(later.json())).containsExactly("OTHER", "TOKEN");
        assertThat(later.text()).doesNotContain(SECRET);
        TestAnswer looking =
                server.client(server.makeKey(List.of("read:vm"), null).secret()).get(path);
        assertThat(looking.json().has("secretEnv")).isFalse();
    }

    @Test
    void aRequestWithAnotherValueIsAnotherRequest() {
        String command = "exit 3";
        TestAnswer first = server.admin()
                .send(
                        "POST",
                        CREATE,
                        request -> request.header("Idempotency-Key", "a")
                                .method("POST", java.net.http.HttpRequest.BodyPublishers.ofString(body(command))));
        assertThat(first.status()).isEqualTo(201);
        TestAnswer other = server.admin()
                .send(
                        "POST",
                        CREATE,
                        request -> request.header("Idempotency-Key", "a")
                                .method(
                                        "POST",
                                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                                body(command).replace(SECRET, "another-value"))));
        assertThat(other.status()).isEqualTo(422);
    }
}
