// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A WebSocket, with the HTTP client that it has for itself. */
record SocketHandshake(HttpClient http, WebSocket socket) {
    private static final int UNAUTHORIZED = 401;

    /**
     * Opens one.
     *
     * @param tls absent for what the JDK trusts
     * @param ticket what lets in, as a subprotocol beside the first
     * @throws IOException where it does not come about; the message is the reason
     */
    static SocketHandshake open(
            URI url,
            @Nullable SSLContext tls,
            String subprotocol,
            String ticket,
            WebSocket.Listener listener,
            Duration timeout)
            throws IOException, InterruptedException {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout);
        HttpClient http = (tls == null ? builder : builder.sslContext(tls)).build();
        try {
            WebSocket socket = http.newWebSocketBuilder()
                    .connectTimeout(timeout)
                    .subprotocols(subprotocol, ticket)
                    .buildAsync(url, listener)
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new SocketHandshake(http, socket);
        } catch (ExecutionException e) {
            http.shutdownNow();
            throw e.getCause() instanceof WebSocketHandshakeException refused
                    ? refusal(refused)
                    : new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            http.shutdownNow();
            throw new IOException("the server does not answer", e);
        }
    }

    private static IOException refusal(WebSocketHandshakeException refused) {
        int status = refused.getResponse().statusCode();
        return status == UNAUTHORIZED
                ? new TicketRefusedException(refused)
                : new IOException("the server answered " + status, refused);
    }

    void close() {
        socket.abort();
        http.shutdownNow();
    }
}
