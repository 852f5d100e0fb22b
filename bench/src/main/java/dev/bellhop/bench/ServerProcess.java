// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.api.client.BellhopClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A Bellhop server, started as a user starts it, with its data on a real disk. */
final class ServerProcess implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 60_000;
    private static final long MAX_OUTPUT_BYTES = 128L << 20;

    /** What one key may send a second: more than the machine can serve. */
    private static final int REQUESTS_PER_KEY = 1_000_000;

    private final Process process;
    private final InetSocketAddress address;
    private final Path data;
    private final Path log;
    private final Duration startUp;

    private ServerProcess(Process process, InetSocketAddress address, Path data, Path log, Duration startUp) {
        this.process = process;
        this.address = address;
        this.data = data;
        this.log = log;
        this.startUp = startUp;
    }

    /**
     * Starts a server with VMs listed one by one, and returns once it says that it is ready.
     *
     * @param launcher the command line up to "server"
     * @param folder for its configuration, log and data; one that has been used before goes on where it was
     * @param agents the agent sockets, by vmid
     * @param spool where guests keep what the supervisor writes; absent where the agents alone are to look after commands
     * @param noAotCache whether to start as if no AOT cache had been built
     */
    static ServerProcess start(
            List<String> launcher, Path folder, Map<Long, Path> agents, @Nullable Path spool, boolean noAotCache)
            throws IOException {
        return start(launcher, folder, List.of(qemu(agents)), spool, noAotCache);
    }

    /** @param hypervisors entries of the configuration's hypervisors, each as YAML on one line */
    static ServerProcess start(
            List<String> launcher, Path folder, List<String> hypervisors, @Nullable Path spool, boolean noAotCache)
            throws IOException {
        Files.createDirectories(folder);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort());
        Path data = folder.resolve("data");
        Path config = folder.resolve("bellhop.yaml");
        Files.writeString(config, configuration(address, data, hypervisors, spool));
        List<String> command = new ArrayList<>();
        if (noAotCache) {
            command.addAll(List.of("env", "BELLHOP_JAVA_OPTS=-XX:AOTMode=off"));
        }
        command.addAll(launcher);
        command.addAll(List.of("server", "--config", config.toString()));
        Path log = folder.resolve("server.log");
        long begin = System.nanoTime();
        Process process = Children.start(folder, log, command);
        try {
            awaitReady(process, address, log);
        } catch (IOException e) {
            Children.end(process);
            throw e;
        }
        return new ServerProcess(process, address, data, log, Duration.ofNanos(System.nanoTime() - begin));
    }

    /** From the start of the process until it was ready. */
    Duration startUp() {
        return startUp;
    }

    InetSocketAddress address() {
        return address;
    }

    URI url() {
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort());
    }

    String adminKey() throws IOException {
        return Files.readString(data.resolve("admin.key")).strip();
    }

    CommandClient commands() throws IOException {
        return new CommandClient(RawHttp.connect(address, adminKey()));
    }

    /** A client with the admin key, for whoever does not count each microsecond. */
    BellhopClient client() throws IOException {
        return new BellhopClient(url(), adminKey(), Duration.ofSeconds(10), Duration.ofSeconds(60));
    }

    /** The memory it holds of the machine's (VmRSS), in MB. */
    double residentMegabytes() throws IOException {
        // The launcher replaces itself by the JVM, so the process that was started is the server.
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("\\D", "")) * 1024 / 1e6;
            }
        }
        throw new IOException("The kernel does not tell the memory of process " + process.pid());
    }

    /** What it has written to its log. */
    long logBytes() throws IOException {
        return Files.size(log);
    }

    double cpuMicros() {
        return Children.cpuMicros(process);
    }

    private static String configuration(
            InetSocketAddress address, Path data, List<String> hypervisors, @Nullable Path spool) {
        return "listen: " + address.getAddress().getHostAddress() + ':' + address.getPort()
                + "\ndata: " + data
                + "\nexecutions: {supervise: " + (spool != null) + (spool == null ? "" : ", spool: " + spool)
                + ", maxOutputBytes: " + MAX_OUTPUT_BYTES
                + "}\nlimits: {requestsPerKey: " + REQUESTS_PER_KEY
                + "}\nhypervisors:\n  - " + String.join("\n  - ", hypervisors) + '\n';
    }

    /** An entry of the configuration's hypervisors: VMs listed one by one, with their agents' sockets. */
    static String qemu(Map<Long, Path> agents) {
        return new TreeMap<>(agents)
                .entrySet().stream()
                        .map(vm -> vm.getKey() + ": {agent: " + vm.getValue() + '}')
                        .collect(Collectors.joining(", ", "{type: qemu, vms: {", "}}"));
    }

    private static void awaitReady(Process process, InetSocketAddress address, Path log) throws IOException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!isReady(address)) {
            if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                throw new IOException("Cannot start the server; its log is " + log);
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    private static boolean isReady(InetSocketAddress address) {
        try (RawHttp http = RawHttp.connect(address, null)) {
            return http.get("/healthz").status() == 200;
        } catch (IOException e) {
            return false; // Not yet.
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        Children.end(process);
    }
}
