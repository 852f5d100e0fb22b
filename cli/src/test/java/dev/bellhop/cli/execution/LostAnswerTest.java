// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that breaks between the start of a command and its answer. */
@Timeout(120)
class LostAnswerTest {

    @Test
    void theCommandIsStartedOnceAndItsOutputIsThere(@TempDir Path folder) throws Exception {
        Path trace = folder.resolve("trace");
        try (RealServer real = RealServer.start(folder);
                FirstAnswerLost proxy = new FirstAnswerLost(real.server.uri().getPort())) {
            real.env.put("BELLHOP_URL", "http://127.0.0.1:" + proxy.port());

            Cli.Run run = real.run("exec", "1", "--", "echo ran >>" + trace + "; echo out");

            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).isEqualTo("out\n");
            assertThat(proxy.connections()).isGreaterThan(1);
            assertThat(trace).hasContent("ran");
            assertThat(Files.readAllLines(trace)).hasSize(1);
        }
    }

    /** Passes everything on, but hangs up when the answer on its first connection begins. */
    private static final class FirstAnswerLost implements AutoCloseable {

        private final ServerSocket listener;
        private final int target;
        private final AtomicInteger connections = new AtomicInteger();

        FirstAnswerLost(int target) throws IOException {
            this.target = target;
            this.listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return listener.getLocalPort();
        }

        int connections() {
            return connections.get();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = listener.accept();
                    boolean first = connections.incrementAndGet() == 1;
                    Thread.ofVirtual().start(() -> serve(client, first));
                }
            } catch (IOException e) {
                // The test is over.
            }
        }

        private void serve(Socket client, boolean first) {
            try (client;
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                Thread.ofVirtual().start(() -> pass(client, server));
                if (first) {
                    // The status line says that the server has done what it was asked to.
                    byte[] line = server.getInputStream().readNBytes("HTTP/1.1 201".length());
                    assertThat(new String(line, StandardCharsets.US_ASCII)).endsWith("201");
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
}
