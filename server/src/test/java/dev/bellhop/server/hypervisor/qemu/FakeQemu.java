// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.testkit.FakeAgent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A VM as plain QEMU shows it: a monitor that obeys, and an agent. It is on or off, and notes what is done to it. The process
 * behind its monitor is the test's own.
 */
public final class FakeQemu implements AutoCloseable {
    private static final String PROCESS_GOES = "quit";

    private final Path monitorSocket;
    private final Path agentSocket;
    private final List<String> told = new CopyOnWriteArrayList<>();
    private volatile @Nullable ServerSocketChannel monitor;
    private volatile @Nullable FakeAgent agent;

    /** How its guest takes being asked. */
    public volatile boolean obeysAgent = true;

    public volatile boolean obeysButton = true;
    public volatile boolean hasAgent = true;
    public volatile String state = "running";

    /** Whether the monitor answers. */
    public volatile boolean answers = true;

    /** One that is off. */
    public FakeQemu(Path folder) {
        monitorSocket = folder.resolve("m");
        agentSocket = folder.resolve("a");
    }

    public Path monitorSocket() {
        return monitorSocket;
    }

    public Path agentSocket() {
        return agentSocket;
    }

    /** What it was told and asked, in order. */
    public List<String> told() {
        return told;
    }

    public boolean isOn() {
        return monitor != null;
    }

    /** Switches it on, as its start command does. */
    public synchronized FakeQemu on() {
        try {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(monitorSocket), 50);
            monitor = server;
            Thread.ofVirtual().name("fake-qemu").start(() -> serve(server));
            if (hasAgent) {
                FakeAgent started = FakeAgent.start(agentSocket);
                started.on("guest-shutdown", (request, wire) -> {
                    told.add("guest-shutdown " + request.arguments());
                    if (obeysAgent && request.arguments().contains("powerdown")) {
                        Thread.ofVirtual().start(this::off);
                    }
                });
                agent = started;
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its process ends. */
    public synchronized void off() {
        try {
            ServerSocketChannel server = monitor;
            monitor = null;
            if (server != null) {
                Files.deleteIfExists(monitorSocket);
                server.close();
            }
            FakeAgent running = agent;
            agent = null;
            if (running != null) {
                running.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(ServerSocketChannel server) {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept();
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8))) {
                write(client, FakeMonitor.GREETING);
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String command = line.replaceAll(".*\"execute\":\"([a-z_-]+)\".*", "$1");
                    if (answers) {
                        write(client, answer(command));
                    }
                    if (command.equals(PROCESS_GOES) && answers) {
                        off();
                    }
                }
            } catch (IOException e) {
                // That client has left, or the VM is off.
            }
        }
    }

    private String answer(String command) {
        switch (command) {
            case "qmp_capabilities" -> {}
            case "query-status" -> {
                return FakeMonitor.status(state);
            }
            default -> {
                told.add(command);
                if (command.equals("system_powerdown") && obeysButton) {
                    Thread.ofVirtual().start(this::off);
                }
                if (command.equals("cont")) {
                    state = "running";
                }
            }
        }
        return FakeMonitor.EMPTY;
    }

    private static void write(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    @Override
    public void close() {
        off();
    }
}
