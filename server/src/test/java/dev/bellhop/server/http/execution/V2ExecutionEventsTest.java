// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import dev.bellhop.server.http.client.EventReader.Event;
import dev.bellhop.server.service.Timeouts;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Following a command over HTTP: every byte once, in order, and the end after all of them. */
@Timeout(120)
@Tag("real")
class V2ExecutionEventsTest {
    private static final Timeouts QUICK_HEARTBEAT = new Timeouts(
            Duration.ofMillis(1500),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofMillis(100));

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).timeouts(QUICK_HEARTBEAT).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String run(String command) {
        TestAnswer answer = server.admin()
                .post("/api/v2/vps/1/executions", Json.mapper().writeValueAsString(Map.of("command", command)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("id").asString();
    }

    private static String path(String id) {
        return "/api/v2/executions/" + id + "/events";
    }

    private EventReader open(String id, @Nullable String lastEventId) throws Exception {
        return EventReader.open(server.uri(), path(id), server.adminKey(), lastEventId);
    }

    private static List<Event> rest(EventReader reader) throws Exception {
        List<Event> events = new ArrayList<>();
        for (Event event = reader.next(); event != null; event = reader.next()) {
            events.add(event);
        }
        return events;
    }

    /** Reads until so many bytes of stdout have come. */
    private static void readOn(EventReader reader, List<Event> events, int stdoutBytes) throws Exception {
        while (bytes(events, "stdout", 0).length < stdoutBytes) {
            events.add(Objects.requireNonNull(reader.next()));
        }
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done; ";
    }

    /** What one stream held, which must have no gap and no repetition. */
    private static byte[] bytes(List<Event> events, String stream, long from) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Event event : events) {
            if (event.data().path("stream").asString("").equals(stream)) {
                assertThat(event.data().path("offset").asLong()).isEqualTo(from + bytes.size());
                bytes.writeBytes(event.bytes());
            }
        }
        return bytes.toByteArray();
    }

    private static String text(List<Event> events, String stream) {
        return new String(bytes(events, stream, 0), StandardCharsets.UTF_8);
    }

    @Test
    void outputComesWhileTheCommandRunsAndTheEndAfterIt() throws Exception {
        Path go = folder.resolve("go");
        String id = run("echo first; while [ ! -e " + go + " ]; do sleep 0.02; done; echo last; echo oops >&2; exit 3");
        try (EventReader reader = open(id, null)) {
            Event running = Objects.requireNonNull(reader.next());
            assertThat(running.state()).isEqualTo("running");
            assertThat(running.id()).isEqualTo("0-0-1");
            Event first = Objects.requireNonNull(reader.next());
            assertThat(first.data().path("text").asString()).isEqualTo("first\n");
            assertThat(first.id()).isEqualTo("6-0-1");
            Files.createFile(go);
            List<Event> rest = rest(reader);

            assertThat(bytes(rest, "stdout", 6)).isEqualTo("last\n".getBytes(StandardCharsets.UTF_8));
            assertThat(text(rest, "stderr")).isEqualTo("oops\n");
            Event end = rest.getLast();
            assertThat(end.state()).isEqualTo("exited");
            assertThat(end.data().path("exitCode").asInt()).isEqualTo(3);
            assertThat(end.id()).isEqualTo("11-5-2");
        }
    }

    @Test
    void anExecutionThatHasEndedIsToldAsAWhole() throws Exception {
        String id = run("seq 1 100000");
        server.admin().get("/api/v2/executions/" + id + "?wait=30");
        try (EventReader reader = open(id, null)) {
            List<Event> events = rest(reader);
            StringBuilder expected = new StringBuilder();
            for (int i = 1; i <= 100_000; i++) {
                expected.append(i).append('\n');
            }
            assertThat(text(events, "stdout")).isEqualTo(expected.toString());
            assertThat(events).filteredOn(event -> event.name().equals("state")).hasSize(1);
            assertThat(events.getLast().state()).isEqualTo("exited");
        }
    }

    @Test
    void whoComesBackWithAnyIdMissesAndRepeatsNothing() throws Exception {
        String id = run("for i in 1 2 3 4 5; do printf %s $i; printf %s $i >&2; sleep 0.05; done");
        List<Event> all;
        try (EventReader reader = open(id, null)) {
            all = rest(reader);
        }
        assertThat(text(all, "stdout")).isEqualTo("12345");
        assertThat(text(all, "stderr")).isEqualTo("12345");
        for (Event event : all.subList(0, all.size() - 1)) {
            String[] position = event.id().split("-", -1);
            try (EventReader reader = open(id, event.id())) {
                List<Event> rest = rest(reader);
                int stdout = Integer.parseInt(position[0]);
                int stderr = Integer.parseInt(position[1]);
                assertThat(bytes(rest, "stdout", stdout)).asString().isEqualTo("12345".substring(stdout));
                assertThat(bytes(rest, "stderr", stderr)).asString().isEqualTo("12345".substring(stderr));
                assertThat(rest.getLast().state()).isEqualTo("exited");
                assertThat(rest).filteredOn(e -> e.name().equals("state")).hasSize(1);
            }
        }
        TestAnswer nothing = server.admin()
                .send(
                        "GET",
                        path(id),
                        request -> request.header("Last-Event-ID", all.getLast().id()));
        assertThat(nothing.status()).isEqualTo(204);
    }

    @Test
    void charactersAreNotCutAndOtherBytesAreKept() throws Exception {
        // Two bytes of ä that come one after the other, one byte that is no text, and one that begins a character at
        // the
        // end. Each piece is written when all that can be told of those before it has arrived.
        String id = run("printf 'a\\303'; " + until("1") + "printf '\\244b'; " + until("2") + "printf '\\377'; "
                + until("3") + "printf '\\342'");
        try (EventReader reader = open(id, null)) {
            List<Event> events = new ArrayList<>();
            readOn(reader, events, 1);
            Files.createFile(folder.resolve("1"));
            readOn(reader, events, 4);
            Files.createFile(folder.resolve("2"));
            readOn(reader, events, 5);
            Files.createFile(folder.resolve("3"));
            events.addAll(rest(reader));
            assertThat(events.stream()
                            .filter(event -> event.data().has("text"))
                            .map(event -> event.data().path("text").asString())
                            .reduce("", String::concat))
                    .isEqualTo("aäb");
            assertThat(bytes(events, "stdout", 0))
                    .isEqualTo(new byte[] {'a', (byte) 0xC3, (byte) 0xA4, 'b', (byte) 0xFF, (byte) 0xE2});
        }
    }

    @Test
    void longOutputIsCutBetweenCharacters() throws Exception {
        // Three bytes each, so that no power of two is a whole number of them.
        String id = run("yes € | head -n 50000 | tr -d '\\n'");
        try (EventReader reader = open(id, null)) {
            List<Event> events = rest(reader);
            assertThat(events)
                    .allSatisfy(event -> assertThat(event.data().has("base64")).isFalse());
            assertThat(text(events, "stdout")).isEqualTo("€".repeat(50_000));
        }
    }

    @Test
    void aCommandThatIsSilentIsHeardOfByHeartbeats() throws Exception {
        String id = run("sleep 60");
        try (EventReader reader = open(id, null)) {
            assertThat(Objects.requireNonNull(reader.next()).state()).isEqualTo("running");
            // For longer than a client may take over a piece: what nothing is sent to is not slow.
            while (reader.comments() <= QUICK_HEARTBEAT.client().dividedBy(QUICK_HEARTBEAT.heartbeat())) {
                reader.heartbeat();
            }
            server.admin().send("POST", "/api/v2/executions/" + id + "/actions/cancel", request -> {});
            assertThat(rest(reader).getLast().state()).isEqualTo("cancelled");
        }
    }

    @Test
    void fromNowLeavesOutWhatWasThere() throws Exception {
        Path go = folder.resolve("go");
        String id = run("echo old; while [ ! -e " + go + " ]; do sleep 0.02; done; echo new");
        await().until(() -> server.admin()
                        .get("/api/v2/executions/" + id)
                        .json()
                        .path("stdoutBytes")
                        .asInt()
                == 4);
        String path = path(id) + "?from=now";
        try (EventReader reader = EventReader.open(server.uri(), path, server.adminKey(), null)) {
            assertThat(Objects.requireNonNull(reader.next()).id()).isEqualTo("4-0-1");
            Files.createFile(go);
            assertThat(bytes(rest(reader), "stdout", 4)).asString().isEqualTo("new\n");
        }
    }

    @Test
    void aServerThatStopsEndsTheStreamAndTheNextOneGoesOn() throws Exception {
        Path go = folder.resolve("go");
        String id = run("echo before; while [ ! -e " + go + " ]; do sleep 0.02; done; echo after");
        List<Event> events = new ArrayList<>();
        try (EventReader reader = open(id, null)) {
            events.add(Objects.requireNonNull(reader.next()));
            events.add(Objects.requireNonNull(reader.next()));
            long begun = System.nanoTime();
            server.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(12));
            events.addAll(rest(reader));
        }
        Files.createFile(go);
        server.start();
        try (EventReader reader = open(id, events.getLast().id())) {
            events.addAll(rest(reader));
        }
        assertThat(text(events, "stdout")).isEqualTo("before\nafter\n");
        assertThat(events.getLast().state()).isEqualTo("exited");
    }

    @Test
    void theTypedClientFollows() throws Exception {
        String id = run("for i in 1 2 3; do echo $i; sleep 0.05; done");
        Duration timeout = Duration.ofSeconds(30);
        StringBuilder output = new StringBuilder();
        String state = "";
        try (BellhopClient client = new BellhopClient(server.uri(), server.adminKey(), timeout, timeout);
                ExecutionEvents events = client.executions().events(id, null, timeout)) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                switch (event.get()) {
                    case ExecutionEvent.Output bytes ->
                        output.append(new String(bytes.bytes(), StandardCharsets.UTF_8));
                    case ExecutionEvent.State told -> state = told.execution().state();
                    case ExecutionEvent.Heartbeat beat -> {}
                }
            }
        }
        assertThat(output.toString()).isEqualTo("1\n2\n3\n");
        assertThat(state).isEqualTo("exited");
    }

    @Test
    void aReaderWhoseKeyIsRevokedHearsNoMore() throws Exception {
        String id = run("sleep 60");
        TestClient.MadeKey key = server.makeKey(List.of("write:vm"), null);
        try (EventReader reader = EventReader.open(server.uri(), path(id), key.secret(), null)) {
            assertThat(Objects.requireNonNull(reader.next()).state()).isEqualTo("running");
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
            assertThat(rest(reader)).isEmpty();
        }
        server.admin().send("POST", "/api/v2/executions/" + id + "/actions/cancel", request -> {});
    }

    private boolean onlyWhoAsksIsConnected() {
        return server.admin().get("/metrics").text().contains("\nbellhop_connections 1.0\n");
    }

    /** It may leave whatever the network holds untouched, and must not hold more than that. */
    @Test
    void aClientThatDoesNotReadIsDropped() throws Exception {
        String id = run("head -c 40000000 /dev/zero");
        server.admin().get("/api/v2/executions/" + id + "?wait=60");
        try (Socket lazy = new Socket()) {
            lazy.setReceiveBufferSize(4096);
            lazy.connect(
                    new InetSocketAddress(server.uri().getHost(), server.uri().getPort()));
            lazy.setSoTimeout(30_000);
            lazy.getOutputStream()
                    .write(("GET " + path(id) + " HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(lazy.getInputStream().read()).isEqualTo('H');
            await().until(this::onlyWhoAsksIsConnected);
            long read = 0;
            try {
                byte[] piece = new byte[65_536];
                for (int n = lazy.getInputStream().read(piece);
                        n >= 0;
                        n = lazy.getInputStream().read(piece)) {
                    read += n;
                }
            } catch (SocketException e) {
                // Reset, which is how a dropped connection can look.
            }
            assertThat(read).isPositive().isLessThan(30_000_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1-2", "1-2-3", "-1-0-0", "0-0-2", "9999999999999999999-0-0"})
    void anIdThatIsNoneIsRefused(String lastEventId) {
        String id = run("sleep 60");
        TestAnswer answer =
                server.admin().send("GET", path(id), request -> request.header("Last-Event-ID", lastEventId));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("errors").path(0).path("parameter").asString())
                .isEqualTo("Last-Event-ID");
        server.admin().send("POST", "/api/v2/executions/" + id + "/actions/cancel", request -> {});
    }

    @Test
    void whatIsNoExecutionHasNoEvents() {
        for (String id : List.of("x", "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01")) {
            assertThat(server.admin().get(path(id)).status()).isEqualTo(404);
        }
    }

    @Test
    void aHeadOfAStreamDoesNotWaitForIt() {
        String id = run("sleep 60");
        assertThat(server.admin().send("HEAD", path(id), request -> {}).status())
                .isEqualTo(200);
        server.admin().send("POST", "/api/v2/executions/" + id + "/actions/cancel", request -> {});
    }
}
