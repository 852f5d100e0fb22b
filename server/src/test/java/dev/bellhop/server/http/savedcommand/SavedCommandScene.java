// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.savedcommand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with a real agent, an account that owns its VM, and keys of that account. */
abstract class SavedCommandScene {
    static final String PATH = "/api/v2/saved-commands";
    static final String RUN = "/api/v2/vps/1/executions?wait=30";
    static final String SHOW = "{'name': 'show', 'argv': ['printf', '%s|', 'a', '{{x}}', '{{x}}'], 'parameters':"
            + " [{'name': 'x', 'type': 'string', 'as': 'argument'}]}";

    @TempDir
    static Path folder;

    static TestServer server;
    String account = "";
    TestClient boss;
    TestClient.MadeKey key;
    TestClient runner;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void makeAccount() {
        account = server.makeAccount("ours", 1);
        boss = server.tenant(account, "admin:account", "write:vm");
        key = server.makeKeyOf(account, "write:vm");
        runner = server.client(key.secret());
    }

    static TestAnswer save(TestClient caller, String command) {
        return caller.post(PATH, command.replace('\'', '"'));
    }

    void saved(String command) {
        TestAnswer answer = save(boss, command);
        boolean isFirst = answer.json().path("version").asInt() == 1;
        assertThat(answer.status()).as(answer.text()).isEqualTo(isFirst ? 201 : 200);
    }

    static TestAnswer run(TestClient caller, String body) {
        return caller.post(RUN, body.replace('\'', '"'));
    }

    static TestAnswer run(TestClient caller, String name, Map<String, Object> parameters) {
        return caller.post(
                RUN, Json.mapper().writeValueAsString(Map.of("savedCommand", name, "parameters", parameters)));
    }

    static String stdout(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("output").path("stdout").stringValue();
    }

    void setPolicy(String policy) {
        TestAnswer answer = boss.send(
                "PUT",
                "/api/v2/keys/" + key.id() + "/policy",
                request -> request.method("PUT", BodyPublishers.ofString(policy.replace('\'', '"'))));
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    static String faults(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        return answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("pointer").stringValue() + " "
                        + error.path("code").stringValue())
                .collect(Collectors.joining(", "));
    }

    static void refused(TestAnswer answer, String rule) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.json().path("rule").stringValue()).isEqualTo(rule);
    }
}
