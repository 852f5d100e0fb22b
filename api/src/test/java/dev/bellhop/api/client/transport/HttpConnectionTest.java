// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may put on the wire, and what becomes of it. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // Most tests look at the answer and not at what was asked.
class HttpConnectionTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String PATH = "/healthz";
    private static final String SHORT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private ServerSocket server;
    private Transport transport;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        transport = new Transport(URI.create("http://127.0.0.1:" + server.getLocalPort()), "key", null, LONG, LONG);
    }

    @AfterEach
    void close() throws IOException {
        transport.close();
        server.close();
    }

    @Test
    void closedTransportOpensNoConnectionForAnUpload() throws IOException {
        transport.close();
        server.setSoTimeout(1);

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(() -> transport.put(PATH, Map.of(), InputStream.nullInputStream(), 0L, LONG));
        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
    }

    /** Answers each request on one connection with one of these, and closes it; gives what was asked. */
    private CompletableFuture<List<String>> answers(String... answers) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                List<String> requests = new ArrayList<>();
                for (String answer : answers) {
                    requests.add(readHead(socket.getInputStream()));
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
                return requests;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no whole request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private String get() throws InterruptedException {
        return new String(transport.get(PATH).body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello",
                "HTTP/1.1 200 OK\n\nhello",
                "HTTP/1.0 200 OK\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nh\r\n4\r\nello\r\n00\r\nX: y\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            })
    void aBodyEndsAsTheServerSaysItDoes(String answer) throws InterruptedException {
        var requests = answers(answer);

        assertThat(get()).isEqualTo("hello");
        assertThat(requests.join().getFirst())
                .isEqualTo("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort()
                        + "\r\nAuthorization: Bearer key\r\n\r\n");
    }

    @Test
    void aBodyThatIsCutOffIsABrokenConnection() {
        for (String cut : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Le")) {
            var _ = answers(cut);

            assertThatExceptionOfType(BellhopTransportException.class)
                    .as(cut)
                    .isThrownBy(this::get)
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.BROKEN));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_10.0\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff0000000000000\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"
            })
    void whatIsNoHttpIsSaidToBeNone(String answer) {
        var _ = answers(answer);

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(this::get)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.NOT_UNDERSTOOD));
    }

    @Test
    void requestsFollowEachOtherOnOneConnection() throws InterruptedException {
        var requests = answers(SHORT, SHORT.replace("ok", "go"), "HTTP/1.1 204 No Content\r\n\r\n", SHORT);

        assertThat(get()).isEqualTo("ok");
        assertThat(get()).isEqualTo("go");
        assertThat(transport.delete(PATH).status()).isEqualTo(204);
        assertThat(transport.post(PATH, "{}").body()).hasSize(2);
        assertThat(requests.join()).hasSize(4);
    }

    @Test
    void aConnectionThatTheServerHasClosedIsNotUsedAgain() throws InterruptedException {
        var first = answers(SHORT);
        assertThat(get()).isEqualTo("ok");
        first.join();
        var _ = answers(SHORT.replace("ok", "go"));

        assertThat(new String(transport.post(PATH, "{}").body(), StandardCharsets.UTF_8))
                .isEqualTo("go");
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "close, x", "x ,close"})
    void aConnectionToBeClosedIsNotUsedAgain(String options) throws InterruptedException {
        var _ = answers(SHORT.replace("\r\n\r\n", "\r\nConnection: " + options + "\r\n\r\n"), SHORT);
        assertThat(get()).isEqualTo("ok");
        var _ = answers(SHORT.replace("ok", "go"));

        assertThat(get()).isEqualTo("go");
    }

    @Test
    void anAnswerBeforeAllWasSentIsRead() throws IOException {
        CompletableFuture<Void> refused = CompletableFuture.runAsync(() -> {
            try (Socket socket = server.accept()) {
                readHead(socket.getInputStream());
                socket.getOutputStream()
                        .write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                socket.getInputStream().skipNBytes(1 << 20);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> transport.postBytes(PATH, new byte[1 << 20]))
                .satisfies(e -> assertThat(e.status()).isEqualTo(413));
        refused.join();
    }

    @Test
    void closingEndsARequestUnderWay() throws Exception {
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(() -> {
            try {
                return new AssertionError(get());
            } catch (InterruptedException | RuntimeException e) {
                return e;
            }
        });
        try (Socket accepted = server.accept()) {
            readHead(accepted.getInputStream());
            transport.close();

            assertThat(thrown.join()).isInstanceOf(BellhopTransportException.class);
        }
    }

    /** One that answers slowly enough for each read, but not for all of them; until the client hangs up. */
    private CompletableFuture<Void> drips(String beginning) {
        return CompletableFuture.runAsync(() -> {
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write(beginning.getBytes(StandardCharsets.ISO_8859_1));
                socket.setSoTimeout(10);
                boolean there = true;
                while (there) {
                    socket.getOutputStream().write('0');
                    there = mayHaveMore(socket);
                }
            } catch (IOException e) {
                // The client has hung up.
            }
        });
    }

    /** Waits for as long as the socket's timeout; false once the other side has closed it. */
    private static boolean mayHaveMore(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    private Transport hasty(String scheme, Duration connectTimeout, Duration requestTimeout) {
        URI url = URI.create(scheme + "://127.0.0.1:" + server.getLocalPort());
        return new Transport(url, "key", null, connectTimeout, requestTimeout);
    }

    private static void fails(ThrowingCallable request, BellhopTransportException.Kind kind, String words) {
        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(request)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void aHandshakeOfTlsHasOneDeadlineAndNothingIsSentBeforeItsEnd() {
        var peer = drips("\u0016\u0003\u0003@\u0000\u0002");
        try (Transport hasty = hasty("https", Duration.ofMillis(200), LONG)) {
            fails(
                    () -> hasty.post(PATH, "{}"),
                    BellhopTransportException.Kind.NOT_CONNECTED,
                    "TLS did not come about within 200 ms");
        }
        peer.join();
    }

    @Test
    void aHandshakeOfTlsThatBreaksLeavesNoConnection() {
        var peer = CompletableFuture.runAsync(() -> {
            try (Socket socket = server.accept()) {
                socket.getInputStream().readNBytes(5);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                // The client has hung up.
            }
        });
        try (Transport secured = hasty("https", LONG, LONG)) {
            fails(
                    () -> secured.post(PATH, "{}"),
                    BellhopTransportException.Kind.NOT_CONNECTED,
                    "the connection broke before TLS came about");
        }
        peer.join();
    }

    @Test
    void theTimeoutIsForTheBodyToo() {
        var peer = drips("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        try (Transport hasty = hasty("http", LONG, Duration.ofMillis(200))) {
            fails(() -> hasty.get(PATH), BellhopTransportException.Kind.TIMED_OUT, "within 200 ms");
        }
        peer.join();
    }

    @Test
    void theTimeoutIsForSendingToo() {
        // Nobody reads what the system has accepted.
        try (Transport hasty = hasty("http", LONG, Duration.ofMillis(200))) {
            fails(
                    () -> hasty.postBytes(PATH, new byte[64 << 20]),
                    BellhopTransportException.Kind.TIMED_OUT,
                    "within 200 ms");
        }
    }

    @Test
    void whatIsReadAsItComesMayTakeLonger() throws Exception {
        Duration timeout = Duration.ofMillis(500);
        var peer = CompletableFuture.runAsync(() -> {
            try (Socket socket = server.accept()) {
                readHead(socket.getInputStream());
                socket.getOutputStream().write(SHORT.replace("ok", "o").getBytes(StandardCharsets.UTF_8));
                socket.setSoTimeout((int) timeout.plusMillis(100).toMillis());
                assertThat(mayHaveMore(socket)).isTrue();
                socket.getOutputStream().write('k');
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try (Transport hasty = hasty("http", LONG, timeout);
                InputStream body = hasty.open(PATH)) {
            assertThat(body.readAllBytes()).asString().isEqualTo("ok");
        }
        peer.join();
    }

    @Test
    void onlyWhatLooksLikeTlsIsSaidToBeIt() {
        var _ = answers("\u0015\u0003\u0003");
        fails(this::get, BellhopTransportException.Kind.NOT_UNDERSTOOD, "not HTTP; a server with TLS has a URL");
        var _ = answers("SSH-2.0-OpenSSH_10.0\r\n");

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(this::get)
                .withMessageEndingWith("because it is not HTTP");
    }

    @Test
    void aConnectionThatCannotBeUsedAgainIsClosedAtOnce() throws Exception {
        var peer = CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                readHead(socket.getInputStream());
                socket.getOutputStream()
                        .write(SHORT.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
                return socket.getInputStream().read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(get()).isEqualTo("ok");
        assertThat(peer.join()).isEqualTo(-1);
    }

    @Test
    void onlySomeConnectionsAreKept() throws Exception {
        List<Thread> asking = new ArrayList<>();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asking.add(Thread.ofVirtual().start(() -> assertThatCode(this::get).doesNotThrowAnyException()));
            Socket socket = server.accept();
            readHead(socket.getInputStream());
            sockets.add(socket);
        }
        for (Socket socket : sockets) {
            socket.getOutputStream().write(SHORT.getBytes(StandardCharsets.UTF_8));
        }
        for (Thread thread : asking) {
            thread.join();
        }
        int kept = 0;
        for (Socket socket : sockets) {
            socket.setSoTimeout(50);
            kept += mayHaveMore(socket) ? 1 : 0;
            socket.close();
        }
        assertThat(kept).isEqualTo(8);
    }

    @Test
    void anInterruptEndsARequestThroughAProxy() throws Exception {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(
                ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort())));
        try (Transport beyond = new Transport(URI.create("http://localhost:8080"), "key", null, LONG, LONG)) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread asking = Thread.ofPlatform().start(() -> {
                try {
                    thrown.complete(new AssertionError(beyond.get(PATH)));
                } catch (InterruptedException | RuntimeException e) {
                    thrown.complete(e);
                }
            });
            try (Socket socket = server.accept()) {
                readHead(socket.getInputStream());
                socket.getOutputStream().write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                readHead(socket.getInputStream());
                asking.interrupt();

                assertThat(thrown.join()).isInstanceOf(InterruptedException.class);
            }
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void theProxyThatJavaIsToldOfIsAsked() throws InterruptedException {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(
                ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort())));
        try (Transport beyond = new Transport(URI.create("http://localhost:8080"), "key", null, LONG, LONG)) {
            var requests = answers("HTTP/1.1 200 Connected\r\n\r\n", SHORT);

            assertThat(beyond.get(PATH).body()).asString().isEqualTo("ok");
            assertThat(requests.join().getFirst()).startsWith("CONNECT localhost:8080 HTTP/1.1\r\n");
            assertThat(requests.join().getLast()).startsWith("GET /healthz ");
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void aProxyThatRefusesIsNoServerThatIsOff() throws InterruptedException {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(
                ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort())));
        try (Transport beyond = new Transport(URI.create("http://localhost:8080"), "key", null, LONG, LONG)) {
            answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");

            assertThatExceptionOfType(BellhopTransportException.class)
                    .isThrownBy(() -> beyond.get(PATH))
                    .withMessageContaining("the proxy ")
                    .withMessageContaining(
                            ":" + server.getLocalPort() + " does not connect to it: it answered 403 Forbidden")
                    .satisfies(refused -> {
                        assertThat(refused.kind()).isEqualTo(BellhopTransportException.Kind.REFUSED_BY_PROXY);
                        assertThat(refused.mayPass()).isFalse();
                    });
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void aHeaderCannotSmuggleInAnother() {
        for (String position : List.of("a\r\nX: y", "\u00e4")) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> transport.stream(PATH, position, LONG));
        }
    }
}
