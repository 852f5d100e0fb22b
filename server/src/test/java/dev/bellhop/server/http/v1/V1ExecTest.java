// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands and their results over v1, run by a real agent. */
@Tag("real")
class V1ExecTest {
    @TempDir
    private static Path folder;

    private static RealAgent otherAgent;
    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() throws Exception {
        otherAgent = RealAgent.start(Files.createDirectory(folder.resolve("b")));
        server = TestServer.in(folder).realAgent(1).vm(2, otherAgent.socket()).start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
        otherAgent.close();
    }

    @Test
    void aStartedCommandIsAnsweredFieldForField() {
        TestAnswer answer = client.tryExec(1, "echo hi");

        JsonNode json = answer.json();
        assertThat(json.propertyNames()).containsExactlyInAnyOrder("success", "timestamp", "requestId", "data");
        assertThat(json.path("success").booleanValue()).isTrue();
        assertThat(Instant.parse(json.path("timestamp").stringValue())).isBeforeOrEqualTo(Instant.now());
        JsonNode data = answer.data();
        assertThat(data.propertyNames())
                .containsExactlyInAnyOrder("success", "command", "message", "pid", "executionId");
        assertThat(data.path("success").booleanValue()).isTrue();
        assertThat(data.path("command").stringValue()).isEqualTo("echo hi");
        assertThat(data.path("message").stringValue()).isEqualTo("Command execution started");
        assertThat(data.path("pid").isIntegralNumber()).isTrue();
    }

    @Test
    void aResultIsAnsweredFieldForField() {
        TestAnswer started = client.tryExec(1, "echo out; echo err >&2; exit 3");
        JsonNode data = client.result(1, started.data().path("pid").asLong()).data();

        assertThat(data.propertyNames())
                .containsExactlyInAnyOrder(
                        "success",
                        "pid",
                        "exited",
                        "exitcode",
                        "stdout",
                        "stderr",
                        "executionId",
                        "state",
                        "truncated",
                        "startedAt",
                        "finishedAt");
        assertThat(data.path("success").booleanValue())
                .as("the request worked, whatever the command did")
                .isTrue();
        assertThat(data.path("pid")).isEqualTo(started.data().path("pid"));
        assertThat(data.path("exited").booleanValue()).isTrue();
        assertThat(data.path("exitcode").intValue()).isEqualTo(3);
        assertThat(data.path("stdout").stringValue()).isEqualTo("out\n");
        assertThat(data.path("stderr").stringValue()).isEqualTo("err\n");
        assertThat(data.path("state").stringValue()).isEqualTo("exited");
        assertThat(data.path("executionId")).isEqualTo(started.data().path("executionId"));
        assertThat(Instant.parse(data.path("finishedAt").stringValue()))
                .isAfterOrEqualTo(Instant.parse(data.path("startedAt").stringValue()));
    }

    @Test
    void aRunningCommandHasNeitherExitCodeNorEnd() {
        long pid = client.exec(1, "sleep 30");
        JsonNode data = client.get(execPath(1) + "?pid=" + pid).data();

        assertThat(data.path("exited").booleanValue()).isFalse();
        assertThat(data.path("state").stringValue()).isEqualTo("running");
        assertThat(data.path("stdout").stringValue()).isEmpty();
        assertThat(data.path("stderr").stringValue()).isEmpty();
        assertThat(data.has("exitcode")).isFalse();
        assertThat(data.has("signal")).isFalse();
        assertThat(data.has("finishedAt")).isFalse();
    }

    @Test
    void aSignalIsAddedTo128() {
        JsonNode data = client.run(1, "kill -KILL $$");

        assertThat(data.path("exitcode").intValue()).isEqualTo(137);
        assertThat(data.path("signal").intValue()).isEqualTo(9);
        assertThat(data.path("success").booleanValue()).isTrue();
    }

    @Test
    void theShellsOwnErrorsAreACommandsResult() {
        JsonNode data = client.run(1, "if; then");

        assertThat(data.path("exitcode").intValue()).isEqualTo(2);
        assertThat(data.path("stderr").stringValue()).contains("yntax error");
    }

    @Test
    void textOfEveryScriptComesThroughBothWays() {
        String text = "grüße, 今日は, 🦊 'quoted' \\ back $HOME";
        JsonNode data = client.run(1, "cat <<'END'\n" + text + "\nEND");

        assertThat(data.path("stdout").stringValue()).isEqualTo(text + "\n");
    }

    @Test
    void bytesThatAreNotUtf8AreReplaced() {
        JsonNode data = client.run(1, "printf 'a\\377b\\303\\050c\\000d'; printf '\\360\\237\\246' >&2");

        assertThat(data.path("stdout").stringValue()).isEqualTo("a\uFFFDb\uFFFD(c\0d");
        assertThat(data.path("stderr").stringValue()).isEqualTo("\uFFFD");
    }

    @Test
    void aCommandHasAHomeAndAPath() {
        JsonNode data = client.run(1, "echo \"${HOME:?}\" && ls / >/dev/null && echo ok");

        assertThat(data.path("stdout").stringValue()).endsWith("ok\n");
    }

    @Test
    void readingAHundredTimesGivesTheSameBytes() {
        long pid = client.exec(1, "echo again");
        JsonNode first = client.result(1, pid).data();

        Set<String> requestIds = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            TestAnswer answer = client.get(execPath(1) + "?pid=" + pid);
            assertThat(answer.text()).endsWith("\"data\":" + first + "}");
            requestIds.add(answer.json().path("requestId").asString());
        }
        assertThat(requestIds).hasSize(100);
    }

    @Test
    void aPidThatWasNeverGivenIsNotFound() {
        TestAnswer answer = client.get(execPath(1) + "?pid=999999999");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.message())
                .isEqualTo(
                        "Cannot find a command with this pid in VM 1; it was not started here, or its result is older than the"
                                + " retention");
    }

    @Test
    void aPidOfAnotherVmIsNotFound() {
        long pid = client.exec(2, "echo other");
        client.result(2, pid);

        assertThat(client.get(execPath(1) + "?pid=" + pid).status()).isEqualTo(404);
    }

    @Test
    void headAnswersLikeGetWithoutABody() {
        long pid = client.exec(1, "echo head");
        TestAnswer get = client.result(1, pid);
        TestAnswer head = client.send("HEAD", execPath(1) + "?pid=" + pid, request -> {});

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(client.send("HEAD", execPath(1) + "?pid=999999999", request -> {})
                        .status())
                .isEqualTo(404);
    }

    @Test
    void resultsAreKeptOutOfCaches() {
        long pid = client.exec(1, "true");

        assertThat(client.result(1, pid).header("Cache-Control")).isEqualTo("no-store");
    }
}
