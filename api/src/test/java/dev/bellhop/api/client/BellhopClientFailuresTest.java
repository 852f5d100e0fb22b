// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.FieldError;
import dev.bellhop.api.v2.admin.CreateKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client makes of everything but a success. */
class BellhopClientFailuresTest {

    private static final String EXEC = "/api/vm/10000/agent/exec";
    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);

    private final StubServer server = new StubServer();
    private final BellhopClient client = client(server.url());

    private static BellhopClient client(URI url) {
        return new BellhopClient(url, KEY, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void anErrorOfV1KeepsAllThatTheServerSaid() {
        server.on("POST", EXEC, StubAnswer.v1Error(409, "Conflict", "CONFLICT", "Cannot reach the agent"));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.v1().exec(10000, "secret words"))
                .withMessage("Cannot reach the agent")
                .satisfies(e -> {
                    assertThat(e.status()).isEqualTo(409);
                    assertThat(e.code()).contains("CONFLICT");
                    assertThat(e.requestId()).contains(StubAnswer.REQUEST_ID);
                });
    }

    @Test
    void anErrorOfV2NamesTheFieldsAtFault() {
        List<FieldError> errors = List.of(FieldError.of("/scopes/0", "must be one of …", "unknown_value"));
        server.on(
                "POST",
                "/api/v2/keys",
                request -> StubAnswer.problem(400, "invalid_field", "Cannot create the key", request.target(), errors));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.keys().create(CreateKey.named("ci").build()))
                .satisfies(e -> {
                    assertThat(e.code()).contains("invalid_field");
                    assertThat(e.fieldErrors()).isEqualTo(errors);
                });
    }

    @Test
    void aLimitSaysHowLongToWait() {
        server.on("POST", EXEC, StubAnswer.v1RateLimited(3));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.v1().exec(10000, "true"))
                .satisfies(e -> {
                    assertThat(e.status()).isEqualTo(429);
                    assertThat(e.retryAfter()).contains(Duration.ofSeconds(3));
                });
    }

    @Test
    void anErrorOfSomethingElseOnTheWayHasNoCode() {
        server.on("GET", EXEC, StubAnswer.foreign(502, "text/html", "<h1>Bad Gateway</h1>"));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.v1().availability(10000))
                .withMessageContaining("answered 502 without saying why")
                .satisfies(e -> assertThat(e.code()).isEmpty());
    }

    @Test
    void aRedirectIsNotFollowedWithTheKey() {
        server.on("GET", EXEC, StubAnswer.foreign(302, "text/plain", "").with("Location", "/elsewhere"));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.v1().availability(10000))
                .satisfies(e -> assertThat(e.status()).isEqualTo(302));
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "<html>secret</html>", "{\"success\":true}", "{\"items\":[{\"vmid\":\"1\"}]}"})
    void anAnswerThatIsNotOursIsSaidToBeSoWithoutQuotingIt(String body) {
        server.on("GET", "/api/v2/vps", StubAnswer.foreign(200, "application/json", body));

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(() -> client.vms().list(null, null))
                .withMessageStartingWith("Cannot understand the answer of " + server.url())
                .withMessageNotContaining("secret")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.NOT_UNDERSTOOD));
    }

    @Test
    void nobodyListening() throws IOException {
        try (BellhopClient lonely = client(URI.create("http://127.0.0.1:" + freePort()))) {
            assertThatExceptionOfType(BellhopTransportException.class)
                    .isThrownBy(() -> lonely.v1().availability(10000))
                    .withMessageContaining("nothing listens there")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.NOT_CONNECTED));
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTime() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BellhopClient hasty = new BellhopClient(
                        URI.create("http://127.0.0.1:" + silent.getLocalPort()),
                        KEY,
                        Duration.ofSeconds(10),
                        Duration.ofMillis(50))) {
            assertThatExceptionOfType(BellhopTransportException.class)
                    .isThrownBy(() -> hasty.v1().availability(10000))
                    .withMessageContaining("within 50 ms")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.TIMED_OUT));
        }
    }

    @Test
    void aConnectionThatBreaks() throws IOException, InterruptedException {
        try (ServerSocket rude = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BellhopClient cut = client(URI.create("http://127.0.0.1:" + rude.getLocalPort()))) {
            Thread hangUp = Thread.ofVirtual().start(() -> {
                try (Socket accepted = rude.accept()) {
                    accepted.getInputStream().read();
                } catch (IOException e) {
                    // The client is gone; so be it.
                }
            });
            assertThatExceptionOfType(BellhopTransportException.class)
                    .isThrownBy(() -> cut.v1().exec(10000, "true"))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.BROKEN));
            hangUp.join();
        }
    }

    @Test
    void aWaitingThreadCanBeInterrupted() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        server.on("GET", EXEC, request -> {
            asked.countDown();
            awaitQuietly(done);
            return StubAnswer.foreign(200, "text/plain", "");
        });
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                client.v1().availability(10000);
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        asked.await();
        waiting.interrupt();
        waiting.join();
        done.countDown();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
