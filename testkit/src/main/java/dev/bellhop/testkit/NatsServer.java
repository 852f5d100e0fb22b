// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A real nats-server on a free loopback port. It can be killed, and started again on the same port, and be frozen. One thread
 * starts and ends it.
 */
public final class NatsServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final String PROGRAM = "nats-server";

    private final Path folder;
    private final Path configuration;
    private final int port;
    private Process process;

    private NatsServer(Path folder, Path configuration) throws IOException {
        this.folder = folder;
        this.configuration = configuration;
        this.port = ServerProcess.freePort();
        this.process = launch();
    }

    /**
     * Starts one with a configuration, whose address is overridden.
     *
     * @param folder for its log
     */
    public static NatsServer start(Path folder, Path configuration) {
        try {
            return new NatsServer(folder, configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start nats-server: is the package nats-server installed?", e);
        }
    }

    /** Starts one that lets anybody do anything, without TLS. */
    public static NatsServer startOpen(Path folder) {
        try {
            return start(folder, Files.writeString(folder.resolve("open-nats.conf"), "max_payload: 1MB\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    /** What it wrote. */
    public String log() throws IOException {
        return Files.readString(logFile());
    }

    /** Ends it with SIGKILL. */
    public void kill() {
        Programs.kill(process);
    }

    public void startAgain() throws IOException {
        process = launch();
    }

    /** Stops it by SIGSTOP: its sockets stay open, and the kernel goes on to take what is sent to them. */
    public void freeze() {
        Programs.freeze(process);
    }

    /** Lets it go on. */
    public void thaw() {
        Programs.signal(process, "CONT");
    }

    private Process launch() throws IOException {
        Path inSbin = Path.of("/usr/sbin", PROGRAM); // Which an ordinary user's PATH lacks on Debian.
        Process started = Programs.start(
                folder,
                logFile(),
                List.of(
                        Files.isExecutable(inSbin) ? inSbin.toString() : PROGRAM,
                        "--config",
                        configuration.toString(),
                        "--addr",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port)));
        try {
            Programs.await("nats-server listens", START_TIMEOUT, Programs.POLL_INTERVAL, () -> isListening(started));
        } catch (IOException e) {
            Programs.kill(started);
            throw new IOException(log(), e);
        }
        return started;
    }

    private boolean isListening(Process started) throws IOException {
        if (!started.isAlive()) {
            throw new IOException("nats-server ended at once");
        }
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Path logFile() {
        return folder.resolve("nats-server.log");
    }

    @Override
    public void close() {
        Programs.kill(process); // Also a frozen one, which SIGTERM does not reach.
    }
}
