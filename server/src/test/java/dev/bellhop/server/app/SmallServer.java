// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, with the memory that {@code bellhop server} gives it, and which ends where that is not enough. */
final class SmallServer implements AutoCloseable {
    private static final List<String> AS_IN_SCRIPT_LIB = List.of(
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-Xms32m",
            "-Xmx384m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED");

    private final Path folder;
    private final URI uri;
    private Process process;

    /** What runs in that process. */
    static final class Run {
        private Run() {}

        public static void main(String[] args) {
            System.exit(Main.run(Path.of(args[0])));
        }
    }

    private SmallServer(Path folder, URI uri) throws IOException {
        this.folder = folder;
        this.uri = uri;
        this.process = launch();
    }

    /** One with its data in this folder; returns once it is ready. */
    static SmallServer start(Path folder, String configuration) throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Files.writeString(
                folder.resolve("bellhop.yaml"),
                "listen: 127.0.0.1:" + port + "\ndata: " + folder.resolve("data") + "\n" + configuration);
        return new SmallServer(folder, URI.create("http://127.0.0.1:" + port));
    }

    private Process launch() throws IOException {
        List<String> command = new java.util.ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(AS_IN_SCRIPT_LIB);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Run.class.getName(),
                folder.resolve("bellhop.yaml").toString()));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("server.log").toFile()))
                .start();
        process = started;
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(this::isReady);
        return started;
    }

    private boolean isReady() throws IOException {
        if (!isAlive()) {
            throw new IllegalStateException(Files.readString(folder.resolve("server.log")));
        }
        try (RawHttp health = new RawHttp(uri)) {
            return health.request("GET", "/healthz").answer().status() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    URI uri() {
        return uri;
    }

    Path data() {
        return folder.resolve("data");
    }

    TestClient admin() throws IOException {
        return client(Files.readString(data().resolve("admin.key")).strip());
    }

    TestClient client(String key) {
        return new TestClient(this::uri, key);
    }

    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    void startAgain() throws IOException {
        process = launch();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
