// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a server on which one answer is lost: it hangs up when the answer begins to the first connection that begins with a request of
 * a method. All else is passed on.
 */
public final class LostAnswerRelay implements AutoCloseable {

    private final ServerSocket listener;
    private final int target;
    private final String method;
    private final AtomicBoolean lost = new AtomicBoolean();
    private final AtomicInteger connections = new AtomicInteger();

    public LostAnswerRelay(int target, String method) throws IOException {
        this.target = target;
        this.method = method + " ";
        this.listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** Whether it has lost it. */
    public boolean hasLostOne() {
        return lost.get();
    }

    public int connections() {
        return connections.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            byte[] first = client.getInputStream().readNBytes(method.length());
            boolean loses = new String(first, StandardCharsets.US_ASCII).equals(method) && !lost.getAndSet(true);
            server.getOutputStream().write(first);
            Thread.ofVirtual().start(() -> pass(client, server));
            if (loses) {
                // The status line says that the server has done what it was asked to.
                byte[] line = server.getInputStream().readNBytes("HTTP/1.1 20".length());
                assertThat(new String(line, StandardCharsets.US_ASCII)).endsWith("20");
            } else {
                copy(server.getInputStream(), client.getOutputStream());
            }
        } catch (IOException e) {
            // One of the two has hung up.
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            copy(from.getInputStream(), to.getOutputStream());
        } catch (IOException e) {
            // One of the two has hung up.
        }
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
