// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static java.util.stream.Collectors.joining;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./bellhop server} as a process of its own, on a free loopback port: it can be killed as the kernel
 * would, and started again on the same data. One thread starts and ends it; any may ask for its address.
 */
final class ServerProcess implements AutoCloseable {
    private final Path folder;
    private final URI url;
    private volatile Running running;

    /** One life of the server, and a client whose connections are to that one. */
    private record Running(Process process, V1Client client) {}

    private ServerProcess(Path folder, URI url) throws IOException {
        this.folder = folder;
        this.url = url;
        this.running = launch(folder, url);
    }

    /**
     * Starts a server that knows these agents of this machine, with its data and their spool in {@code folder}, and
     * returns once it is ready.
     */
    static ServerProcess start(Path folder, Map<Integer, VmSockets> agents) throws IOException {
        return start(folder, agents, "executions: {spool: " + folder.resolve("spool") + "}");
    }

    /** As the other, with VMs of their own: each has the spool at its usual place. */
    static ServerProcess startForVms(Path folder, Map<Integer, VmSockets> vms) throws IOException {
        return start(folder, vms, "");
    }

    private static ServerProcess start(Path folder, Map<Integer, VmSockets> vms, String more) throws IOException {
        String vmLines = vms.entrySet().stream()
                .map(vm -> "      " + vm.getKey() + ": " + vm.getValue().toYaml())
                .collect(joining("\n"));
        return startOn(folder, """
                %s
                hypervisors:
                  - type: qemu
                    vms:
                %s
                """.formatted(more, vmLines));
    }

    /** Starts a server with this configuration, but for where it listens and where its data are. */
    static ServerProcess startOn(Path folder, String configuration) throws IOException {
        int port = freePort();
        Files.writeString(folder.resolve("bellhop.yaml"), """
                listen: 127.0.0.1:%d
                data: %s
                %s
                """.formatted(port, folder.resolve("data"), configuration));
        return new ServerProcess(folder, URI.create("http://127.0.0.1:" + port));
    }

    URI url() {
        return url;
    }

    /** The key that the server wrote on its first start. */
    String adminKey() throws IOException {
        return adminKey(folder);
    }

    /** A client of this server as it runs now, with the admin key. */
    V1Client client() {
        return running.client;
    }

    /** Ends the server with SIGKILL, so that it can tidy up nothing, and starts it again. */
    void killAndRestart() throws IOException, InterruptedException {
        kill();
        startAgain();
    }

    /** Ends the server with SIGKILL. */
    void kill() throws InterruptedException {
        running.client.close();
        running.process.destroyForcibly().waitFor();
    }

    /** Starts the server after it was ended. */
    void startAgain() throws IOException {
        running = launch(folder, url);
    }

    /** Ends the server with SIGTERM, as a service manager does, and starts it again. */
    void restart() throws IOException, InterruptedException {
        stop();
        startAgain();
    }

    @Override
    public void close() throws IOException {
        try {
            stop();
        } catch (InterruptedException e) {
            running.process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while stopping the server", e);
        }
    }

    private void stop() throws InterruptedException {
        running.client.close();
        Process process = running.process;
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new IllegalStateException("The server did not end within 20 s of SIGTERM");
        }
    }

    private static Running launch(Path folder, URI url) throws IOException {
        Path log = folder.resolve("server.log");
        String launcher = Checkout.ROOT.resolve("bellhop").toString();
        String config = folder.resolve("bellhop.yaml").toString();
        Process process = new ProcessBuilder(launcher, "server", "--config", config)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        try {
            awaitReady(process, url, log);
            return new Running(process, new V1Client(url, adminKey(folder)));
        } catch (Throwable e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static void awaitReady(Process process, URI url, Path log) {
        var health = HttpRequest.newBuilder(url.resolve("/healthz"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        if (!process.isAlive()) {
                            throw new IllegalStateException("The server ended at once:\n" + Files.readString(log));
                        }
                        return answersOk(http, health);
                    });
        }
    }

    private static boolean answersOk(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String adminKey(Path folder) throws IOException {
        return Files.readString(folder.resolve("data/admin.key")).strip();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
