// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TerminalConnectionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String KEY = "Sec-WebSocket-Key: ";
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** Lets a client in, and says nothing more. */
    private static void letIn(Socket client) throws IOException, NoSuchAlgorithmException {
        String key = "";
        Scanner lines = new Scanner(client.getInputStream(), StandardCharsets.US_ASCII);
        for (String line = lines.nextLine(); !line.isEmpty(); line = lines.nextLine()) {
            if (line.startsWith(KEY)) {
                key = line.substring(KEY.length());
            }
        }
        byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
        String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Protocol: " + TerminalTicket.SUBPROTOCOL + "\r\n"
                + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(hash) + "\r\n\r\n";
        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }

    private interface Use {
        void of(TerminalConnection connection) throws Exception;
    }

    /**
     * Uses a connection to a server that reads nothing before {@code reads} is done.
     *
     * @param busy done when the client has sent something
     */
    private static void connected(CompletableFuture<?> busy, CompletableFuture<?> reads, Use use) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (Socket client = server.accept()) {
                    letIn(client);
                    client.getInputStream().read();
                    busy.complete(null);
                    reads.join();
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException | NoSuchAlgorithmException e) {
                    throw new IllegalStateException(e);
                }
            });
            TerminalTicket ticket = new TerminalTicket(TerminalTicket.PREFIX + "x", false, Instant.EPOCH, "/");
            URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
            try (Transport transport = new Transport(url, null, null, TIMEOUT, TIMEOUT);
                    TerminalConnection connection =
                            TerminalConnection.open(transport, ticket.socket(), ticket, bytes -> {})) {
                use.of(connection);
            }
        }
    }

    @Test
    @Timeout(60)
    void aServerThatFallsSilentIsTakenForGone() throws Exception {
        connected(
                new CompletableFuture<>(),
                CompletableFuture.completedFuture(null),
                connection -> assertThat(connection.awaitClosed(Duration.ofMillis(100)))
                        .isEqualTo(new TerminalConnection.Closed(null, TerminalConnection.BROKEN)));
    }

    @Test
    @Timeout(60)
    void resizeDuringALongPasteWaitsForThePaste() throws Exception {
        CompletableFuture<?> busy = new CompletableFuture<>();
        CompletableFuture<?> reads = new CompletableFuture<>();
        connected(busy, reads, connection -> {
            FutureTask<@Nullable Void> paste = new FutureTask<>(() -> {
                connection.type(new byte[32 << 20]);
                return null;
            });
            FutureTask<@Nullable Void> resize = new FutureTask<>(() -> {
                connection.resize(120, 40);
                return null;
            });
            Thread.startVirtualThread(paste);
            busy.get();
            Thread second = Thread.startVirtualThread(resize);
            while (second.getState() != Thread.State.WAITING && !resize.isDone()) {
                Thread.onSpinWait();
            }
            reads.complete(null);

            assertThat(paste).succeedsWithin(TIMEOUT);
            assertThat(resize).succeedsWithin(TIMEOUT);
        });
    }
}
