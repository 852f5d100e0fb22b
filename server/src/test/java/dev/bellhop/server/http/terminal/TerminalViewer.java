// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.terminal;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Somebody who looks at a terminal through its WebSocket, and types. */
final class TerminalViewer implements WebSocket.Listener, AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();
    private final List<JsonNode> messages = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private @Nullable WebSocket socket;

    static TerminalViewer enter(URI server, JsonNode ticket, String query, String... headers) throws Exception {
        TerminalViewer viewer = new TerminalViewer();
        WebSocket.Builder builder = HTTP.newWebSocketBuilder()
                .subprotocols(TerminalTicket.SUBPROTOCOL, ticket.path("ticket").asString());
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI uri = URI.create(server.toString().replaceFirst("^http", "ws")
                + ticket.path("socket").asString()
                + query);
        viewer.socket = builder.buildAsync(uri, viewer).get(20, TimeUnit.SECONDS);
        return viewer;
    }

    private WebSocket socket() {
        return java.util.Objects.requireNonNull(socket);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        synchronized (printed) {
            printed.writeBytes(bytes);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            messages.add(Json.mapper().readTree(text.toString()));
            text.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int statusCode, String reason) {
        closed.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }

    String printed() {
        synchronized (printed) {
            return printed.toString(StandardCharsets.UTF_8);
        }
    }

    long bytes() {
        synchronized (printed) {
            return printed.size();
        }
    }

    List<JsonNode> messages() {
        return messages;
    }

    void type(String keys) throws Exception {
        socket().sendBinary(ByteBuffer.wrap(keys.getBytes(StandardCharsets.UTF_8)), true)
                .get(20, TimeUnit.SECONDS);
    }

    void resize(int cols, int rows) throws Exception {
        socket().sendText("{\"type\": \"resize\", \"cols\": " + cols + ", \"rows\": " + rows + "}", true)
                .get(20, TimeUnit.SECONDS);
    }

    /** Waits until this has been printed. */
    void await(String wanted) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(this::printed, all -> all.contains(wanted));
    }

    int awaitClose() throws Exception {
        return closed.get(30, TimeUnit.SECONDS);
    }

    JsonNode ended() throws Exception {
        awaitClose();
        return messages.getLast();
    }

    /** As a connection that breaks. */
    @Override
    public void close() {
        socket().abort();
    }
}
