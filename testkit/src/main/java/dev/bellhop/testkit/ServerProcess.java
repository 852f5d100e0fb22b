// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A Bellhop server in a process of its own, on a free loopback port. It can be killed, and started again with the same data.
 * One thread starts and ends it; any thread may ask for its address.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** A process of a test ends before Java's second compiler pays off. */
    public static final Map<String, String> SHORT_LIVED =
            Map.of("BELLHOP_JAVA_OPTS", "-Xmx384m -XX:TieredStopAtLevel=1");

    private static final int MIN_PORT = 15_000;
    private static final int MAX_PORT = 32_000;

    private final Path folder;
    private final InetSocketAddress address;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Readiness readiness;
    private volatile Process process;
    private volatile Duration startUp = Duration.ZERO;

    /** How to tell that a server is ready. */
    @FunctionalInterface
    public interface Readiness {
        /** Whether it is ready; an IOException says that it does not answer yet. */
        boolean isReady(InetSocketAddress address) throws IOException;
    }

    private ServerProcess(
            Path folder,
            InetSocketAddress address,
            List<String> command,
            Map<String, String> environment,
            Readiness readiness)
            throws IOException {
        this.folder = folder;
        this.address = address;
        this.command = command;
        this.environment = environment;
        this.readiness = readiness;
        this.process = launch();
    }

    /** Starts {@code ./bellhop server} of this checkout for a test, and returns once it is ready. */
    public static ServerProcess start(Path folder, String configuration) throws IOException {
        return start(folder, configuration, SHORT_LIVED);
    }

    /** As the other, with variables for the server. */
    public static ServerProcess start(Path folder, String configuration, Map<String, String> environment)
            throws IOException {
        List<String> launcher = List.of(Checkout.ROOT.resolve("bellhop").toString(), "server", "--config");
        return start(folder, configuration, launcher, environment, ServerProcess::answersHealth);
    }

    /**
     * Starts a server, and returns once it is ready.
     *
     * @param folder for its configuration, data and log; one that was used before goes on where it was
     * @param configuration YAML, but for where it listens and where its data are
     * @param command what starts it, without the last argument, which is the path of the configuration
     * @param environment variables that are added to those of this process
     */
    public static ServerProcess start(
            Path folder,
            String configuration,
            List<String> command,
            Map<String, String> environment,
            Readiness readiness)
            throws IOException {
        Files.createDirectories(folder);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort());
        Path file = Files.writeString(
                folder.resolve("bellhop.yaml"),
                "listen: " + address.getAddress().getHostAddress() + ":" + address.getPort() + "\ndata: "
                        + folder.resolve("data") + "\n" + configuration);
        List<String> whole = new ArrayList<>(command);
        whole.add(file.toString());
        return new ServerProcess(folder, address, whole, environment, readiness);
    }

    private Process launch() throws IOException {
        long begin = System.nanoTime();
        Process started = Programs.start(folder, logFile(), command, environment);
        try {
            Programs.await("the server is ready", START_TIMEOUT, Programs.POLL_INTERVAL, () -> isReady(started));
        } catch (Throwable e) {
            Programs.kill(started);
            throw e;
        }
        startUp = Duration.ofNanos(System.nanoTime() - begin);
        return started;
    }

    private boolean isReady(Process started) throws IOException {
        if (!started.isAlive()) {
            throw new IOException("The server ended at once:\n" + log());
        }
        try {
            return readiness.isReady(address);
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Whether a server reports over plain HTTP that it is ready. */
    public static boolean answersHealth(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(5_000);
            String request = "GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            return new String(status, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
        }
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Its address over plain HTTP. */
    public URI url() {
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort());
    }

    /** The key that it made on its first start. */
    public String adminKey() throws IOException {
        return Files.readString(data().resolve("admin.key")).strip();
    }

    /** Its data folder. */
    public Path data() {
        return folder.resolve("data");
    }

    /** The file with its output. */
    public Path logFile() {
        return folder.resolve("server.log");
    }

    /** Its output, over all restarts. */
    public String log() throws IOException {
        return Files.readString(logFile());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The present process. The launcher replaces itself with the JVM, so this is the server. */
    public Process process() {
        return process;
    }

    /** How long the last start took, until the server was ready. */
    public Duration startUp() {
        return startUp;
    }

    /** Ends it with SIGKILL, so that it cannot clean up. */
    public void kill() {
        Programs.kill(process);
    }

    /** Stops it by SIGSTOP: its connections stay open. */
    public void freeze() {
        Programs.freeze(process);
    }

    /** Lets it go on. */
    public void thaw() {
        Programs.signal(process, "CONT");
    }

    /** Ends it with SIGTERM, as a service manager does; fails if that takes too long. */
    public void stop() {
        if (!Programs.end(process)) {
            throw new IllegalStateException("The server did not end in time after SIGTERM");
        }
    }

    /** Starts it again after it has ended. */
    public void startAgain() throws IOException {
        process = launch();
    }

    /**
     * A free port below those that the kernel gives to clients, since a flood of connections could take one of these before
     * the server listens.
     */
    public static int freePort() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT);
            try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (BindException _) {
                // Taken: another one, then.
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
