// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

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
import java.util.concurrent.atomic.AtomicReference;

/**
 * A QMP monitor that says what a test tells it to. Its lines are those of QEMU 10. It serves one client at a time, as a
 * real one does. The process behind it is the test's own.
 */
public final class FakeMonitor implements AutoCloseable {
    public static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 10}, \"package\": \"\"},"
                    + " \"capabilities\": [\"oob\"]}}\r\n";
    public static final String EMPTY = "{\"return\": {}}\r\n";

    private final Path socket;
    private final ServerSocketChannel server;
    private final AtomicReference<String> script = new AtomicReference<>("");

    private FakeMonitor(Path socket) throws IOException {
        this.socket = socket;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 50);
    }

    /** Starts one of a VM that runs. Nothing may be at the path yet, which must be short. */
    public static FakeMonitor start(Path socket) {
        try {
            FakeMonitor monitor = new FakeMonitor(socket);
            monitor.state("running");
            Thread.ofVirtual().name("fake-monitor").start(monitor::serve);
            return monitor;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String status(String runState) {
        return "{\"return\": {\"status\": \"" + runState + "\", \"running\": " + runState.equals("running") + "}}\r\n";
    }

    /** Tells this state to whoever asks from now on; the names are those of QEMU's RunState. */
    public void state(String runState) {
        says(GREETING + EMPTY + status(runState));
    }

    /** Says this to each client, then nothing more until the client leaves. */
    public void says(String text) {
        script.set(text);
    }

    public Path socket() {
        return socket;
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept();
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8))) {
                ByteBuffer bytes = ByteBuffer.wrap(script.get().getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    client.write(bytes);
                }
                while (in.readLine() != null) {
                    // What the client asks was answered beforehand.
                }
            } catch (IOException e) {
                // That client has left, or the test is over.
            }
        }
    }

    @Override
    public void close() {
        end();
    }

    /** Ends it and removes its socket, as the end of its QEMU does. */
    public void end() {
        try {
            server.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
