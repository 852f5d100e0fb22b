// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.api.Json;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Commands, their output and keys are marked, and the marks looked for: they stand in the answers that are meant to hold
 * them, and nowhere else that somebody might read.
 */
@Tag("real")
class SecretsTest {
    private static final String COMMAND_MARK = "mark-of-a-command";
    private static final String OUTPUT_MARK = "mark-of-an-output";

    @TempDir
    private Path folder;

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final List<String> bystanders = new ArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            logged.add(event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    };
    private final Logger ours = (Logger) LoggerFactory.getLogger("dev.bellhop");
    private final Logger all = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    @BeforeEach
    void listen() {
        appender.start();
        // What is ours does not reach the appenders of the root.
        all.addAppender(appender);
        ours.addAppender(appender);
        ours.setLevel(Level.TRACE);
    }

    @AfterEach
    void stopListening() {
        all.detachAppender(appender);
        ours.detachAppender(appender);
        ours.setLevel(Level.INFO);
    }

    private void assertNoMarks(String... secrets) {
        assertThat(logged).as("the log itself works").isNotEmpty();
        List<String> places = new ArrayList<>(logged);
        places.addAll(bystanders);
        for (String place : places) {
            assertThat(place).doesNotContain(COMMAND_MARK).doesNotContain(OUTPUT_MARK);
            for (String secret : secrets) {
                assertThat(place).doesNotContain(secret);
            }
        }
    }

    /** Takes note of an answer that has no business with secrets. */
    private void bystander(TestAnswer answer) {
        bystanders.add(answer.headers().map() + " " + answer.text());
    }

    @Test
    void aUsualDayLeavesNoMarks() throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            TestClient client = server.admin();
            String command = "echo " + OUTPUT_MARK + "; echo " + OUTPUT_MARK + " >&2; : " + COMMAND_MARK;
            long pid = client.exec(1, command);
            assertThat(client.result(1, pid).text()).contains(OUTPUT_MARK);
            assertThat(client.get(statusPath(1)).text())
                    .contains(COMMAND_MARK)
                    .as("only the text of the command")
                    .contains(Json.mapper().writeValueAsString(command));
            client.exec(1, "sleep 30; : " + COMMAND_MARK);
            TestClient.MadeKey other = server.makeKey(List.of("read:vm"), null);
            bystander(server.client(other.secret()).get(statusPath(1)));
            bystander(server.client(other.secret()).get(execPath(1) + "?pid=" + pid));
            bystander(client.get("/api/v2/keys"));
            bystander(client.get("/api/v2/vps"));
            bystander(client.get("/metrics"));
            bystander(client.get("/healthz"));
            bystander(client.send("DELETE", "/api/v2/keys/" + other.id(), request -> {}));
            bystander(server.client(other.secret()).get(statusPath(1)));
            server.restart();
            bystander(client.get("/metrics"));
            bystander(client.get("/api/v2/audit?limit=100"));
            bystander(client.get("/api/v2/audit/export"));
            assertNoMarks(secretPart(server.adminKey()), secretPart(other.secret()));
        }
    }

    /** What is in none of the places where commands and output may stand, either. */
    @Test
    void secretVariablesLeaveNoMarksAtAll() throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            TestClient client = server.admin();
            String body = Json.mapper()
                    .writeValueAsString(Map.of(
                            "command",
                            "echo $A; echo $A >&2; exit 3",
                            "secretEnv",
                            Map.of("A", COMMAND_MARK + OUTPUT_MARK)));
            TestAnswer created = client.post("/api/v2/vps/1/executions?wait=30", body);
            bystander(created);
            String id = created.json().path("id").asString();
            long pid = created.json().path("pid").asLong();
            bystander(client.post("/api/v2/vps/1/executions", body.replace("exit", "exit \u0000")));
            bystander(client.post("/api/v2/vps/1/executions", body.replace("command", "comand")));
            bystander(client.post("/api/v2/vps/2/executions", body));
            for (String path : List.of(
                    "/api/v2/executions",
                    "/api/v2/executions/" + id + "?output=true",
                    "/api/v2/executions/" + id + "/output",
                    "/api/v2/executions/" + id + "/output?stream=stderr",
                    execPath(1) + "?pid=" + pid,
                    "/api/v2/vps/1/agent/exec?pid=" + pid,
                    statusPath(1),
                    "/metrics",
                    "/api/v2/audit?limit=100",
                    "/api/v2/audit/export")) {
                bystander(client.get(path));
            }
            assertNoMarks(secretPart(server.adminKey()));
        }
    }

    /** Whatever the agent does with one, and whatever is wrong with the request. */
    @Test
    void passwordsLeaveNoMarksAtAll() {
        Timeouts timeouts = new Timeouts(
                Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMillis(500));
        try (FakeAgent agent = FakeAgent.start(folder.resolve("a.sock"));
                TestServer server = TestServer.in(folder)
                        .vm(1, agent.socket())
                        .timeouts(timeouts)
                        .start()) {
            TestClient client = server.admin();
            String path = "/api/v2/vps/1/actions/set-password";
            String good = "{\"user\": \"deploy\", \"password\": \"" + COMMAND_MARK + "\"}";
            List<FakeAgent.Answer> answers = List.of(
                    (request, wire) -> wire.reply("{}"),
                    (request, wire) -> wire.reply("\"" + COMMAND_MARK + "\""),
                    (request, wire) -> wire.line(COMMAND_MARK),
                    (request, wire) -> wire.error(COMMAND_MARK, COMMAND_MARK),
                    (request, wire) -> wire.error("GenericError", COMMAND_MARK + " does not exist"),
                    (request, wire) -> wire.hangUp());
            for (FakeAgent.Answer answer : answers) {
                agent.on("guest-set-user-password", answer);
                bystander(client.post(path, good));
            }
            for (String body : List.of(
                    good.replace("user", "usr"),
                    good.replace("deploy", "de ploy"),
                    good.replace("deploy", COMMAND_MARK + " "),
                    good.replace("\"}", "\\n\"}"),
                    good.replace("}", ", \"crypted\": true}"),
                    good.replace("}", ", \"crypted\": \"" + COMMAND_MARK + "\"}"),
                    good + COMMAND_MARK)) {
                bystander(client.post(path, body));
            }
            bystander(client.post("/api/v2/vps/2/actions/set-password", good));
            bystander(client.get("/metrics"));
            bystander(client.get("/api/v2/audit?limit=100"));
            bystander(client.get("/api/v2/audit/export"));
            assertThat(bystanders).anyMatch(answer -> answer.contains("guest_refused"));
            assertNoMarks(secretPart(server.adminKey()));
        }
    }

    private static String secretPart(String key) {
        return key.substring(key.length() - 64);
    }

    @Test
    void requestsThatAreRefusedLeaveNoMarks() {
        String mark = COMMAND_MARK;
        try (TestServer server =
                TestServer.in(folder).vm(1, folder.resolve("none.sock")).start()) {
            TestClient client = server.admin();
            bystander(client.tryExec(1, mark));
            bystander(client.tryExec(2, mark));
            bystander(client.tryExec(1, mark.repeat(1000)));
            bystander(client.tryExec(1, mark + "\0"));
            for (String body : List.of(
                    mark,
                    "{\"command\": " + mark + "}",
                    "{\"command\": [\"" + mark + "\"]}",
                    "{\"command\": \"" + mark + "\", \"command\": 1}",
                    "{\"command\": \"" + mark + "\"} " + mark,
                    "{\"command\": \"" + mark + "\\x\"}",
                    "{\"" + mark + "\": 1}")) {
                bystander(client.post(execPath(1), body));
                bystander(client.post("/api/v2/keys", body));
            }
            bystander(client.get(execPath(1) + "?pid=" + mark));
            bystander(client.get("/api/v2/vps?limit=" + mark));
            bystander(client.get("/api/v2/vps?cursor=" + mark));
            bystander(client.get("/api/v2/executions/x/output?stream=" + mark));
            String key = server.adminKey().replaceAll(".{9}$", "123456789");
            bystander(server.client(key).get(statusPath(1)));
            bystander(server.client(mark).get(statusPath(1)));
            bystander(client.get(statusPath(1) + "?key=" + server.adminKey()));
            assertNoMarks(secretPart(server.adminKey()), secretPart(key));
        }
    }

    /** A guest that lies quotes the command wherever it can. */
    @Test
    void agentsThatMisbehaveLeaveNoMarksInTheLog() {
        Timeouts timeouts = new Timeouts(
                Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMillis(500));
        try (FakeAgent agent = FakeAgent.start(folder.resolve("a.sock"));
                TestServer server = TestServer.in(folder)
                        .vm(1, agent.socket())
                        .timeouts(timeouts)
                        .start()) {
            TestClient client = server.admin();
            List<FakeAgent.Answer> answers = List.of(
                    (request, wire) -> wire.line(request.arguments()),
                    (request, wire) -> wire.reply("{\"pid\": \"" + COMMAND_MARK + "\"}"),
                    (request, wire) -> wire.reply("\"" + COMMAND_MARK + "\""),
                    (request, wire) -> wire.error(COMMAND_MARK, "Failed to execute child process"),
                    (request, wire) -> wire.hangUp(),
                    (request, wire) -> {});
            for (FakeAgent.Answer answer : answers) {
                agent.on("guest-exec", answer);
                bystander(client.tryExec(1, COMMAND_MARK));
            }
            agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
            agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": \"" + OUTPUT_MARK + "\"}"));
            long pid = client.exec(1, COMMAND_MARK);
            bystander(client.result(1, pid));
            agent.on("guest-info", (request, wire) -> wire.reply("{\"version\": \"\\u0000" + OUTPUT_MARK + "\"}"));
            bystander(client.get(execPath(1)));
            bystander(client.get("/metrics"));
            assertNoMarks(secretPart(server.adminKey()));
        }
    }

    /** The database refuses what it is given, and says why in words that could quote it. */
    @Test
    void aDatabaseThatFailsLeavesNoMarks() throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            try (var database = java.sql.DriverManager.getConnection(
                            "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                    var statement = database.createStatement()) {
                statement.execute("DROP TABLE executions");
            }
            TestAnswer failed = server.admin().tryExec(1, COMMAND_MARK);
            assertThat(failed.status()).isEqualTo(503);
            bystander(failed);
            TestAnswer unread = server.admin().get(execPath(1) + "?pid=7");
            assertThat(unread.status()).isEqualTo(503);
            bystander(unread);
            assertNoMarks(secretPart(server.adminKey()));
        }
    }
}
