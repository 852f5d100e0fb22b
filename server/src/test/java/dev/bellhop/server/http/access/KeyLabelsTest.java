// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Keys that are for commands with certain labels. */
class KeyLabelsTest {
    private static final String KEYS = "/api/v2/keys";
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String ALL = "/api/v2/executions";
    private static final String WEB = "{\"team\": \"web\"}";

    @TempDir
    private Path folder;

    private final AtomicInteger pids = new AtomicInteger(6);
    private FakeAgent agent;
    private TestServer server;
    private String account = "";
    private TestClient boss;
    private TestClient web;
    private TestClient data;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": false}"));
        server = TestServer.in(folder).direct().vm(1, agent.socket()).start();
        account = server.makeAccount("ours", 1);
        boss = server.tenant(account, "admin:account", "write:vm");
        web = key(boss, WEB);
        data = key(boss, "{\"team\": \"data\"}");
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private static TestAnswer makeKey(TestClient maker, String scopes, String labels) {
        return maker.post(KEYS, "{\"name\": \"n\", \"scopes\": [" + scopes + "], \"labels\": " + labels + "}");
    }

    private TestClient key(TestClient maker, String labels) {
        TestAnswer made = makeKey(maker, "\"write:vm\"", labels);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return server.client(made.json().path("key").asString());
    }

    private static String run(TestClient client, String body) {
        TestAnswer made = client.post(CREATE, body);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return ALL + "/" + made.json().path("id").asString();
    }

    @Test
    void itStartsWithItsLabelsAndSeesNothingElse() {
        String ofWeb = run(web, "{\"command\": \"x\", \"labels\": {\"job\": \"a\"}}");
        String ofData = run(data, "{\"command\": \"x\"}");
        String ofBoss = run(boss, "{\"command\": \"x\"}");
        String labelled = run(boss, "{\"command\": \"x\", \"labels\": {\"team\": \"web\"}}");

        JsonNode labels = web.get(ofWeb).json().path("labels");
        assertThat(labels.path("team").asString()).isEqualTo("web");
        assertThat(labels.path("job").asString()).isEqualTo("a");
        assertThat(web.get(labelled).status()).isEqualTo(200);
        assertThat(web.get(ALL).json().path("items")).hasSize(2);
        assertThat(web.get(CREATE + "?label=team%3Dweb").json().path("items")).hasSize(2);
        assertThat(web.get(ALL + "?label=team%3Ddata").json().path("items")).isEmpty();
        assertThat(boss.get(ALL).json().path("items")).hasSize(4);
        for (String hidden : new String[] {ofData, ofBoss}) {
            assertThat(web.get(hidden).status()).isEqualTo(404);
            assertThat(web.get(hidden + "/output?stream=stdout").status()).isEqualTo(404);
            assertThat(web.get(hidden + "/events").status()).isEqualTo(404);
            assertThat(web.post(hidden + "/actions/cancel", "{}").status()).isEqualTo(404);
            assertThat(web.post(hidden + "/actions/signal", "{\"signal\": \"TERM\"}")
                            .status())
                    .isEqualTo(404);
            assertThat(web.post(hidden + "/actions/approve", "{}").status()).isEqualTo(404);
        }
    }

    @Test
    void v1AndTheHostedPairHoldToThemToo() {
        long ofWeb = web.tryExec(1, "x").json().path("data").path("pid").asLong();
        long ofData = data.tryExec(1, "x").json().path("data").path("pid").asLong();

        assertThat(web.get("/api/vm/1/agent/exec?pid=" + ofWeb).status()).isEqualTo(200);
        assertThat(web.get("/api/vm/1/agent/exec?pid=" + ofData).status()).isEqualTo(404);
        assertThat(web.get("/api/v2/vps/1/agent/exec?pid=" + ofWeb).status()).isEqualTo(200);
        assertThat(web.get("/api/v2/vps/1/agent/exec?pid=" + ofData).status()).isEqualTo(404);
        assertThat(web.get("/api/vm/1/status").text())
                .contains("\"pid\":" + ofWeb)
                .doesNotContain("\"pid\":" + ofData);
        assertThat(web.post("/api/v2/vps/1/agent/exec", "{\"command\": \"x\"}").status())
                .isEqualTo(200);
        assertThat(web.get(ALL).json().path("items")).hasSize(2);
    }

    @Test
    void anotherValueOfItsLabelIsRefused() {
        TestAnswer answer = web.post(CREATE, "{\"command\": \"x\", \"labels\": {\"team\": \"data\"}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("/labels");
    }

    @Test
    void itGivesNoMoreThanItHasAndTheyOutliveARestart() {
        TestAnswer made = server.admin()
                .post(
                        KEYS,
                        "{\"name\": \"n\", \"scopes\": [\"admin:account\", \"write:vm\"], \"account\": \"" + account
                                + "\", \"labels\": " + WEB + "}");
        TestClient lead = server.client(made.json().path("key").asString());
        assertThat(makeKey(lead, "\"write:vm\"", "{\"job\": \"a\"}").status()).isEqualTo(403);
        assertThat(lead.post(KEYS, "{\"name\": \"n\", \"scopes\": [\"write:vm\"]}")
                        .status())
                .isEqualTo(403);
        assertThat(makeKey(lead, "\"write:vm\"", "{\"job\": \"a\", \"team\": \"web\"}")
                        .status())
                .isEqualTo(201);

        server.restart();

        assertThat(lead.get(KEYS).text()).contains("\"labels\":{\"job\":\"a\",\"team\":\"web\"}");
        String ofData = run(data, "{\"command\": \"x\"}");
        assertThat(lead.get(ofData).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"\"admin\" | {\"a\": \"b\"}", "\"write:vm\" | {}", "\"write:vm\" | {\"a b\": \"c\"}"})
    void labelsThatCannotBeAreRefused(String scopes, String labels) {
        TestAnswer answer = makeKey(server.admin(), scopes, labels);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("/labels");
    }
}
