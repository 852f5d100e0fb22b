// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A {@code ./bellhop server} of its own, and connections to it from many addresses of this machine, byte by byte. */
final class FloodedServer implements AutoCloseable {
    private static final int MILLIS = 30_000;

    /** That are being opened at the same time. */
    private static final int AT_ONCE = 64;

    static final String HEALTH = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

    private final Path folder;
    private final int port;
    private final boolean tls;
    private final Process process;
    private final List<Socket> held = Collections.synchronizedList(new ArrayList<>());

    private FloodedServer(Path folder, int port, boolean tls, Process process) {
        this.folder = folder;
        this.port = port;
        this.tls = tls;
        this.process = process;
    }

    /**
     * Starts one and returns once it is ready.
     *
     * @param javaOptions beside those that it always has, such as {@code -Xmx384m}
     */
    static FloodedServer start(Path folder, boolean tls, @Nullable String javaOptions) throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        if (tls) {
            certificate(folder);
        }
        Path config = Files.writeString(folder.resolve("bellhop.yaml"), """
                listen: 127.0.0.1:%d
                data: %s
                hypervisors: []
                %s
                """.formatted(
                        port,
                        folder.resolve("data"),
                        tls
                                ? "tls: {certificate: " + folder.resolve("tls.crt") + ", key: "
                                        + folder.resolve("tls.key") + "}"
                                : ""));
        var builder = new ProcessBuilder(
                        Checkout.ROOT.resolve("bellhop").toString(), "server", "--config", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile());
        if (javaOptions != null) {
            builder.environment().put("BELLHOP_JAVA_OPTS", javaOptions);
        }
        var server = new FloodedServer(folder, port, tls, builder.start());
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(server::isReady);
            return server;
        } catch (Throwable e) {
            server.close();
            throw e;
        }
    }

    private static void certificate(Path folder) throws Exception {
        Checkout.Ended made = Checkout.run(
                folder,
                java.util.Map.of(),
                List.of(
                        "openssl",
                        "req",
                        "-x509",
                        "-nodes",
                        "-days",
                        "1",
                        "-subj",
                        "/CN=bellhop",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-out",
                        folder.resolve("tls.crt").toString(),
                        "-keyout",
                        folder.resolve("tls.key").toString()));
        if (made.exitCode() != 0) {
            throw new IllegalStateException(made.stderr());
        }
    }

    private boolean isReady() {
        try {
            return ask(1, HEALTH).contains("\"ready\":true");
        } catch (IOException e) {
            return false;
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("server.log"));
    }

    String adminKey() throws IOException {
        return Files.readString(folder.resolve("data/admin.key")).strip();
    }

    /** One metric that has no tags. */
    long metric(String name) throws IOException {
        return ask(1, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    /** What a request from 127.0.0.{@code address} on a connection of its own is answered. */
    String ask(int address, String request) throws IOException {
        try (Socket socket = connect(address)) {
            String closing = request.contains("Connection: close")
                    ? request
                    : request.replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
            socket.getOutputStream().write(closing.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket connect(int address) throws IOException {
        Socket socket = new Socket("127.0.0.1", port, InetAddress.ofLiteral("127.0.0." + address), 0);
        socket.setSoTimeout(MILLIS);
        if (!tls) {
            return socket;
        }
        SSLSocket secure = (SSLSocket) TRUSTING.getSocketFactory().createSocket(socket, "127.0.0.1", port, true);
        secure.startHandshake();
        return secure;
    }

    /**
     * Opens so many connections from so many addresses, from 127.0.0.{@code first} on, and holds them open: on each two
     * requests are answered, and what follows is sent and left at that. The server may close them at any point.
     */
    void hold(int connections, int first, int addresses, String unfinished) throws Exception {
        Semaphore turns = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> opened = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int address = first + i % addresses;
                turns.acquire();
                opened.add(threads.submit(() -> {
                    try {
                        Socket socket = connect(address);
                        held.add(socket);
                        for (int request = 0; request < 2; request++) {
                            socket.getOutputStream().write(HEALTH.getBytes(StandardCharsets.ISO_8859_1));
                            upToEnd(socket);
                        }
                        socket.getOutputStream().write(unfinished.getBytes(StandardCharsets.ISO_8859_1));
                    } catch (IOException e) {
                        // The server has made room for another one.
                    } finally {
                        turns.release();
                    }
                }));
            }
            for (Future<?> each : opened) {
                each.get(MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static void upToEnd(Socket socket) throws IOException {
        byte[] answer = new byte[4096];
        int length = 0;
        while (!new String(answer, 0, length, StandardCharsets.ISO_8859_1).contains("\"ready\":true}")) {
            int count = socket.getInputStream().read(answer, length, answer.length - length);
            if (count <= 0) {
                throw new IOException("the connection has ended");
            }
            length += count;
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : held) {
            socket.close();
        }
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Whom a connection is to does not matter here. */
    private static final SSLContext TRUSTING = trusting();

    private static SSLContext trusting() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager everybody = new X509TrustManager() {
                @Override
                public void checkClientTrusted(X509Certificate[] chain, String authType) {}

                @Override
                public void checkServerTrusted(X509Certificate[] chain, String authType) {}

                @Override
                public X509Certificate[] getAcceptedIssuers() {
                    return new X509Certificate[0];
                }
            };
            context.init(null, new TrustManager[] {everybody}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
