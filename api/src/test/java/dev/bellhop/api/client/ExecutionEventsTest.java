// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream of events is one stream, however many connections it takes. */
@Timeout(60)
class ExecutionEventsTest {

    private static final String PATH = "/api/v2/executions/e1/events";
    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String RUNNING = state("0-0-1", Views.running());
    private static final String ENDED = state("6-0-2", Views.ended(null));

    private final StubServer server = new StubServer();
    private final BellhopClient client = new BellhopClient(server.url(), KEY, LONG, LONG);
    private final Queue<StubAnswer> answers = new ConcurrentLinkedQueue<>();

    private static String state(String id, ExecutionView execution) {
        return "id: " + id + "\nevent: state\ndata: " + Json.mapper().writeValueAsString(execution) + "\n\n";
    }

    private static String output(String id, String stream, long offset, String text) {
        return "id: " + id + "\nevent: output\ndata: {\"stream\":\"" + stream + "\",\"offset\":" + offset + "," + text
                + "}\n\n";
    }

    private ExecutionEvents follow(StubAnswer... inTurn) {
        answers.addAll(List.of(inTurn));
        server.on("GET", PATH, request -> answers.remove());
        return client.executions().events("e1", null, LONG);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static List<ExecutionEvent> all(ExecutionEvents events) throws InterruptedException {
        List<ExecutionEvent> all = new ArrayList<>();
        for (var event = events.next(); event.isPresent(); event = events.next()) {
            all.add(event.get());
        }
        return all;
    }

    private static String stdout(List<ExecutionEvent> events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ExecutionEvent event : events) {
            if (event instanceof ExecutionEvent.Output output) {
                assertThat(output.offset()).isEqualTo(bytes.size());
                bytes.writeBytes(output.bytes());
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private List<String> lastEventIds() {
        return server.requests().stream()
                .map(request -> String.valueOf(request.header("Last-Event-ID")))
                .toList();
    }

    @Test
    void everyKindOfEventIsTold() throws InterruptedException {
        String bytes = Base64.getEncoder().encodeToString(new byte[] {(byte) 0xff, 0});
        ExecutionEvents events = follow(StubAnswer.events(": heartbeat\n\n" + RUNNING
                + output("3-0-1", "stdout", 0, "\"text\":\"a\\nä\"")
                + output("3-2-1", "stderr", 0, "\"base64\":\"" + bytes + "\"")
                + "id: 9\nevent: later\ndata: {}\n\n" + state("3-2-2", Views.ended(null))));

        assertThat(events.next().orElseThrow()).isEqualTo(new ExecutionEvent.Heartbeat());
        assertThat(events.lastEventId()).isEmpty();
        assertThat(events.next().orElseThrow()).isEqualTo(new ExecutionEvent.State("0-0-1", Views.running()));
        assertThat(events.next().orElseThrow()).isInstanceOfSatisfying(ExecutionEvent.Output.class, output -> {
            assertThat(output.stream()).isEqualTo(OutputStreamName.STDOUT);
            assertThat(output.bytes()).isEqualTo("a\nä".getBytes(StandardCharsets.UTF_8));
        });
        assertThat(events.lastEventId()).contains("3-0-1");
        assertThat(events.next().orElseThrow()).isInstanceOfSatisfying(ExecutionEvent.Output.class, output -> {
            assertThat(output.stream()).isEqualTo(OutputStreamName.STDERR);
            assertThat(output.bytes()).containsExactly(0xff, 0);
        });
        assertThat(events.next().orElseThrow()).isEqualTo(new ExecutionEvent.State("3-2-2", Views.ended(null)));
        assertThat(events.next()).isEmpty();
        assertThat(server.requests()).hasSize(1);
        assertThat(server.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + KEY);
    }

    @Test
    void aStreamThatBreaksOffGoesOnWhereItWas() throws InterruptedException {
        String whole = output("5-0-1", "stdout", 3, "\"text\":\"de\"");
        ExecutionEvents events = follow(
                StubAnswer.events(RUNNING + output("3-0-1", "stdout", 0, "\"text\":\"abc\"")),
                // Half an event counts for nothing.
                StubAnswer.events(whole.substring(0, whole.length() - 1)),
                StubAnswer.events(whole + output("6-0-1", "stdout", 5, "\"text\":\"f\"")),
                StubAnswer.events(ENDED));

        assertThat(stdout(all(events))).isEqualTo("abcdef");
        assertThat(lastEventIds()).containsExactly("null", "3-0-1", "3-0-1", "6-0-1");
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void aServerThatIsAwayForAMomentIsWaitedFor(int status) throws InterruptedException {
        StubAnswer away = StubAnswer.foreign(status, "text/html", "<h1>away</h1>");
        ExecutionEvents events = follow(away, StubAnswer.events(RUNNING), away, away, StubAnswer.events(ENDED));

        assertThat(all(events)).hasSize(2);
        assertThat(lastEventIds()).containsExactly("null", "null", "0-0-1", "0-0-1", "0-0-1");
    }

    @Test
    void aServerThatIsAwayForLongerThanItMayIsGivenUp() {
        StubAnswer away = StubAnswer.foreign(503, "text/html", "");
        server.on("GET", PATH, away);
        ExecutionEvents events = client.executions().events("e1", null, Duration.ofMillis(250));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(events::next)
                .satisfies(e -> assertThat(e.status()).isEqualTo(503));
        assertThat(server.requests()).hasSizeGreaterThan(1);
    }

    @Test
    void aConnectionThatBreaksForLongerThanItMayIsGivenUp() throws InterruptedException {
        answers.add(StubAnswer.events(RUNNING));
        server.on("GET", PATH, request -> answers.remove());
        ExecutionEvents events = client.executions().events("e1", null, Duration.ZERO);

        assertThat(events.next()).isPresent();
        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(events::next)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.BROKEN));
    }

    @Test
    void whatTheServerRefusesIsToldAtOnce() {
        ExecutionEvents events = client.executions().events("e1", null, LONG);

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(events::next)
                .satisfies(e -> assertThat(e.code()).contains("not_found"));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void afterTheLastEventThereIsNothing() throws InterruptedException {
        server.on("GET", PATH, StubAnswer.noContent());
        ExecutionEvents events = client.executions().events("e1", "6-0-2", LONG);

        assertThat(events.next()).isEmpty();
        assertThat(lastEventIds()).containsExactly("6-0-2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "event: state\ndata: {}\n\n",
                "id: 1\nevent: state\ndata: {secret\n\n",
                "id: 1\nevent: output\ndata: {\"stream\":\"stdout\",\"offset\":0}\n\n",
                "id: 1\nevent: output\ndata: {\"stream\":\"other\",\"offset\":0,\"text\":\"a\"}\n\n",
                "id: 1\nevent: output\ndata: {\"stream\":\"stdout\",\"offset\":0,\"base64\":\"*secret\"}\n\n"
            })
    void foreignEventsAreReportedWithoutQuotingThem(String text) {
        ExecutionEvents events = follow(StubAnswer.events(text));

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(events::next)
                .withMessageNotContaining("secret")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.NOT_UNDERSTOOD));
    }

    @Test
    void aServerThatFallsSilentIsLeftForAnother() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (Socket first = answer(silent, RUNNING);
                        Socket second = answer(silent, ENDED)) {
                    assertThat(first.getPort()).isNotEqualTo(second.getPort());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            URI url = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            Transport transport = new Transport(url, KEY, null, LONG, LONG);
            ExecutionEvents events = new ExecutionEvents(transport, PATH, null, true, LONG, Duration.ofMillis(300));

            assertThat(all(events)).hasSize(2);
            served.join();
            transport.close();
        }
    }

    /** Accepts one connection, answers with an event, and leaves the connection open. */
    private static Socket answer(ServerSocket server, String event) throws IOException {
        Socket socket = server.accept();
        byte[] request = new byte[8192];
        assertThat(socket.getInputStream().read(request)).isPositive();
        String chunk = Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
        socket.getOutputStream()
                .write(("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + chunk)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    @Test
    void whoWaitsForAnEventIsToldWhenTheStreamIsClosed() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        server.on("GET", PATH, request -> {
            asked.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return StubAnswer.events(RUNNING);
        });
        ExecutionEvents events = client.executions().events("e1", null, LONG);
        CompletableFuture<List<ExecutionEvent>> all = CompletableFuture.supplyAsync(() -> {
            try {
                return all(events);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        asked.await();
        events.close();
        release.countDown();

        assertThat(all.join()).isEmpty();
    }
}
