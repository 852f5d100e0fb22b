// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.flood;

import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
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

    /** A little less than the 30 seconds that the server waits for a whole request. */
    private static final Duration PATIENCE = Duration.ofSeconds(28);

    /** How many are opened at the same time. */
    private static final int AT_ONCE = 64;

    static final String HEALTH = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

    private final boolean tls;
    private final ServerProcess process;
    private final List<Socket> held = Collections.synchronizedList(new ArrayList<>());

    /** For each connection of the last {@link #hold}, before its last answer, after which the server gives it its time. */
    private final Collection<Long> waitingSince = new ConcurrentLinkedQueue<>();

    private FloodedServer(boolean tls, ServerProcess process) {
        this.tls = tls;
        this.process = process;
    }

    /**
     * Starts one and returns once it is ready.
     *
     * @param javaOptions in addition to its usual ones, such as {@code -Xmx384m}
     */
    static FloodedServer start(Path folder, boolean tls, @Nullable String javaOptions) throws Exception {
        if (tls) {
            certificate(folder);
        }
        String certificate =
                "tls: {certificate: " + folder.resolve("tls.crt") + ", key: " + folder.resolve("tls.key") + "}\n";
        ServerProcess process = ServerProcess.start(
                folder,
                // More than fit, so that it says how many do.
                "hypervisors: []\nlimits: {connections: 10000}\n" + (tls ? certificate : ""),
                List.of(Checkout.ROOT.resolve("bellhop").toString(), "server", "--config"),
                javaOptions == null ? Map.of() : Map.of("BELLHOP_JAVA_OPTS", javaOptions),
                address -> ask(address.getPort(), tls, 1, HEALTH).contains("\"ready\":true"));
        return new FloodedServer(tls, process);
    }

    private static void certificate(Path folder) throws Exception {
        Checkout.Ended made = Checkout.run(
                folder,
                Map.of(),
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

    boolean isAlive() {
        return process.isAlive();
    }

    String log() throws IOException {
        return process.log();
    }

    String adminKey() throws IOException {
        return process.adminKey();
    }

    /** The value of a metric without tags. */
    long metric(String name) throws IOException {
        return ask(1, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-API-Key: " + adminKey() + "\r\nConnection: close\r\n\r\n")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    /** What a request from 127.0.0.{@code address} on a connection of its own is answered. */
    String ask(int address, String request) throws IOException {
        return ask(process.address().getPort(), tls, address, request);
    }

    private static String ask(int port, boolean tls, int address, String request) throws IOException {
        try (Socket socket = connect(port, tls, address)) {
            String closing = request.contains("Connection: close")
                    ? request
                    : request.replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
            socket.getOutputStream().write(closing.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Socket connect(int port, boolean tls, int address) throws IOException {
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
     * Opens connections from this many addresses, from 127.0.0.{@code first} on, and holds them open. On each, two requests
     * are answered, and then an unfinished one is sent. The server may close them at any point.
     */
    void hold(int connections, int first, int addresses, String unfinished) throws Exception {
        waitingSince.clear();
        Semaphore turns = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> opened = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int address = first + i % addresses;
                turns.acquire();
                opened.add(threads.submit(() -> {
                    try {
                        Socket socket = connect(process.address().getPort(), tls, address);
                        held.add(socket);
                        long since = 0;
                        for (int request = 0; request < 2; request++) {
                            since = System.nanoTime();
                            socket.getOutputStream().write(HEALTH.getBytes(StandardCharsets.ISO_8859_1));
                            upToEnd(socket);
                        }
                        socket.getOutputStream().write(unfinished.getBytes(StandardCharsets.ISO_8859_1));
                        waitingSince.add(since);
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

    /** How many connections of the last {@link #hold} the server has not given up yet for want of a whole request. */
    long waiting() {
        long now = System.nanoTime();
        return waitingSince.stream()
                .filter(since -> now - since < PATIENCE.toNanos())
                .count();
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
        process.close();
    }

    /** Trusts everybody: these tests do not check whom they talk to. */
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
