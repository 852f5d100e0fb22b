// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.api.Json;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.testkit.RealAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Who gets hold of the data folder, without the encryption keys, learns of no command, nothing that went into one or came out
 * of it, and no key. Neither does who reads the log or the metrics.
 */
@Tag("real")
class StolenDiskTest {
    private static final String TURN = "tr a-z n-za-m";

    @TempDir
    private Path folder;

    private final Traces traces = new Traces();
    private final AtomicInteger marks = new AtomicInteger();
    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
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

    /** A word that stands nowhere else, and is looked for from now on. */
    private String mark(String of) {
        String mark = "planted-" + of.replace(' ', '-') + "-zq" + marks.incrementAndGet();
        traces.add(of, mark);
        return mark;
    }

    /** The same word as {@link #TURN} writes it: what goes in and what comes out differ. */
    private String turned(String of, String word) {
        StringBuilder turned = new StringBuilder();
        word.chars().forEach(c -> turned.append((char) (c >= 'a' && c <= 'z' ? (c - 'a' + 13) % 26 + 'a' : c)));
        traces.add(of, turned.toString());
        return turned.toString();
    }

    private static JsonNode run(TestClient client, long vm, Map<String, Object> request, String idempotencyKey) {
        TestAnswer made = client.send(
                "POST",
                "/api/v2/vps/" + vm + "/executions",
                post -> post.header("Content-Type", "application/json")
                        .header("Idempotency-Key", idempotencyKey)
                        .method("POST", BodyPublishers.ofString(Json.mapper().writeValueAsString(request))));
        assertThat(made.status()).as(made.text()).isIn(200, 201);
        return made.json();
    }

    private static String output(TestClient client, JsonNode execution, String stream) {
        String path = "/api/v2/executions/" + execution.path("id").asString();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> client.get(path).json().path("state").asString().equals("exited"));
        return client.get(path + "/output?limit=1048576&stream=" + stream).text();
    }

    @Test
    void aDayOfWorkLeavesNoTraces() throws Exception {
        Path keys = folder.resolve("keys");
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                TestServer server = TestServer.in(folder)
                        .vm(1, agent.socket())
                        .vm(2, folder.resolve("none.sock"))
                        .encryptionKeys(new KeyFile(keys))
                        .start()) {
            TestClient client = server.admin();
            String made = server.makeKey(List.of("write:vm"), null).secret();
            traces.add("secret of a key", made.substring(made.length() - 64));
            traces.add("secret of the first key", secret(server.adminKey()));
            traces.add("encryption key", keyIn(keys));
            // The one file that holds a key in the clear; SECURITY.md has it removed.
            Files.delete(server.data().resolve("admin.key"));

            String out = mark("v1 command");
            long pid = client.exec(1, "echo " + out + " | " + TURN + "; echo " + out + " | " + TURN + " >&2");
            assertThat(client.result(1, pid).text()).contains(turned("v1 output", out));

            String in = mark("stdin");
            String variable = mark("variable");
            String argument = mark("argument");
            String idempotent = "name-of-a-request";
            Map<String, Object> request = new HashMap<>(Map.of(
                    "argv",
                    List.of("sh", "-c", TURN + "; echo \"$TOKEN\" | " + TURN + " >&2; : " + argument),
                    "env",
                    Map.of("TOKEN", variable),
                    "stdin",
                    in,
                    "labels",
                    Map.of("team", "labels-are-in-the-clear")));
            JsonNode execution = run(client, 1, request, idempotent);
            assertThat(output(client, execution, "stdout")).isEqualTo(turned("stdout", in));
            assertThat(output(client, execution, "stderr")).isEqualTo(turned("stderr", variable) + "\n");

            String secret = mark("secret variable");
            JsonNode masked =
                    run(client, 1, Map.of("command", "echo $A", "secretEnv", Map.of("A", secret)), "with-a-secret");
            assertThat(output(client, masked, "stdout")).isEqualTo("*".repeat(secret.length()) + "\n");
            save(client, "/api/v2/masks", Map.of("name", "planted", "pattern", mark("mask")));
            save(client, "/api/v2/saved-commands", Map.of("name", "planted", "command", mark("saved command")));

            String large = mark("large output");
            JsonNode many = run(
                    client, 1, Map.of("command", "yes " + large + " | head -c 1000000 | " + TURN), "another-request");
            assertThat(output(client, many, "stdout")).hasSize(1_000_000).contains(turned("large stdout", large));

            // One that runs, and one whose agent is not there: all that it takes to start it is stored meanwhile.
            client.exec(1, "sleep 300; : " + mark("running command"));
            Map<String, Object> waiting = Map.of(
                    "command",
                    mark("waiting command"),
                    "shell",
                    "/bin/" + mark("shell"),
                    "env",
                    Map.of("TOKEN", mark("waiting variable")),
                    "cwd",
                    "/" + mark("folder"),
                    "user",
                    "u" + mark("user"),
                    "secretEnv",
                    Map.of("A", mark("waiting secret variable")),
                    "stdin",
                    mark("waiting stdin"),
                    "deliveryTimeoutSeconds",
                    600);
            JsonNode pending = run(client, 2, waiting, "third-request");
            assertThat(pending.path("state").asString()).isEqualTo("pending");

            assertThat(server.data().resolve("bellhop.db-wal")).isNotEmptyFile();
            assertNoTraces(server);
            assertThat(client.get("/api/v2/executions/" + pending.path("id").asString())
                            .text())
                    .as("it is stored all the same")
                    .contains("planted-waiting-command");

            server.restart();
            assertThat(run(client, 1, request, idempotent).path("id"))
                    .as("the same request again is known by what is stored of it")
                    .isEqualTo(execution.path("id"));
            assertThat(output(client, many, "stdout")).hasSize(1_000_000);
            assertNoTraces(server);
            server.stop();
            assertNoTraces(server);
            server.start();
        }
    }

    private static void save(TestClient client, String path, Map<String, Object> what) {
        assertThat(client.post(path, Json.mapper().writeValueAsString(what)).status())
                .isEqualTo(201);
    }

    private void assertNoTraces(TestServer server) throws Exception {
        assertThat(traces.under(server.data())).isEmpty();
        assertThat(logged).as("the log itself works").isNotEmpty();
        assertThat(logged).allSatisfy(line -> assertThat(traces.in(line)).isEmpty());
        if (!isUp(server)) {
            return;
        }
        for (String path : List.of("/metrics", "/healthz")) {
            assertThat(traces.in(server.scraper().get(path).text())).as(path).isEmpty();
        }
    }

    private static boolean isUp(TestServer server) {
        try {
            return server.client(null).get("/healthz").status() == 200;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static String secret(String key) {
        return key.substring(key.length() - 64);
    }

    /** The 32 bytes of it, which are the last of what Tink writes of a key. */
    private static byte[] keyIn(Path file) throws Exception {
        byte[] written = Base64.getDecoder()
                .decode(Json.mapper()
                        .readTree(Files.readString(file))
                        .path("key")
                        .path(0)
                        .path("keyData")
                        .path("value")
                        .asString());
        byte[] key = new byte[32];
        System.arraycopy(written, written.length - key.length, key, 0, key.length);
        return key;
    }

    /** Without this, a search that finds nothing would say nothing. */
    @Test
    void whatIsPlantedIsFound() throws Exception {
        mark("word");
        traces.add("bytes", new byte[] {0, 1, -1, -128, 5, 6, 7, 8, 9, 10});
        for (String name : traces.names()) {
            Path planted = Files.write(folder.resolve("planted"), traces.example(name));
            assertThat(traces.under(folder)).contains("planted: " + name);
            Files.delete(planted);
        }
        assertThat(traces.under(folder)).isEmpty();

        try (TestServer server = TestServer.in(folder).start();
                var database = DriverManager.getConnection(
                        "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                var statement = database.createStatement()) {
            statement.execute("CREATE TABLE planted (text TEXT)");
            statement.execute("INSERT INTO planted VALUES ('a planted-word-zq1 b')");
            assertThat(traces.under(server.data())).contains("bellhop.db-wal: word");
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            statement.execute("DELETE FROM planted");
            assertThat(traces.under(server.data())).contains("bellhop.db: word");
        }
    }
}
