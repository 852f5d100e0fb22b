// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent took a command and never said whether it was started: the caller is told so, and so is the database. */
class UnconfirmedStartTest {
    @TempDir
    private Path folder;

    private FakeAgent agent;
    private TestServer server;
    private TestClient client;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .timeouts(new Timeouts(
                        Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMillis(500)))
                .start();
        client = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private void assertLost(TestAnswer answer) throws Exception {
        assertThat(answer.status()).as(answer.text()).isEqualTo(504);
        assertThat(answer.code()).isEqualTo("GATEWAY_TIMEOUT");
        assertThat(answer.message()).startsWith("Cannot tell whether the command was started in VM 1 because ");
        // The answer does not wait for it.
        Awaitility.await().untilAsserted(() -> assertThat(storedEnds()).containsExactly("LOST START_UNCONFIRMED"));
    }

    private List<String> storedEnds() throws Exception {
        List<String> ends = new ArrayList<>();
        try (Connection database = DriverManager.getConnection(
                        "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT state, reason FROM executions ORDER BY id")) {
            while (rows.next()) {
                ends.add(rows.getString(1) + " " + rows.getString(2));
            }
        }
        return ends;
    }

    @Test
    void anAgentThatFallsSilent() throws Exception {
        agent.on("guest-exec", (request, wire) -> {});

        assertLost(client.tryExec(1, "x"));
    }

    @Test
    void anAgentThatHangsUp() throws Exception {
        agent.on("guest-exec", (request, wire) -> wire.hangUp());

        assertLost(client.tryExec(1, "x"));
        assertThat(agent.requests().stream().filter(r -> r.command().equals("guest-exec")))
                .as("it was not sent again to find out")
                .hasSize(1);
    }

    @Test
    void anAgentThatAnswersNonsense() throws Exception {
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": \"seven\"}"));

        assertLost(client.tryExec(1, "x"));
    }

    /** The reply comes once the caller has given up: it must not become the reply to whatever is asked next. */
    @Test
    void aReplyThatComesLateIsNobodysPid() throws Exception {
        List<FakeAgent.Wire> late = new ArrayList<>();
        agent.on("guest-exec", (request, wire) -> late.add(wire));
        assertLost(client.tryExec(1, "x"));

        agent.on("guest-exec", (request, wire) -> {
            try {
                late.getFirst().reply("{\"pid\": 111}");
            } catch (java.io.IOException e) {
                // The client has closed that connection, which is as good.
            }
            wire.line("{\"return\": {\"pid\": 111}}"); // As a late reply without an id looks.
            wire.reply("{\"pid\": 222}");
        });
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        TestAnswer second = client.tryExec(1, "y");

        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(second.data().path("pid").asLong()).isEqualTo(222);
        assertThat(client.get(execPath(1) + "?pid=111").status()).isEqualTo(404);
    }
}
