// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets. They share one HTTP client, because Java 17 has no method that ends its threads: they end after the garbage
 * collector has found it unused. Thread safe.
 */
final class SocketHandshakes {
    private static final int UNAUTHORIZED = 401;

    private final HttpClient http;
    private final Duration timeout;

    /** @param tls absent for the authorities that the JDK trusts */
    SocketHandshakes(@Nullable SSLContext tls, Duration timeout) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout);
        this.http = (tls == null ? builder : builder.sslContext(tls)).build();
        this.timeout = timeout;
    }

    /**
     * Opens a WebSocket.
     *
     * @param ticket the secret of the handshake, a subprotocol beside the first
     * @throws IOException if the handshake fails; the message is the reason
     */
    WebSocket open(URI url, String subprotocol, String ticket, WebSocket.Listener listener)
            throws IOException, InterruptedException {
        CompletableFuture<WebSocket> opening = http.newWebSocketBuilder()
                .connectTimeout(timeout)
                .subprotocols(subprotocol, ticket)
                .buildAsync(url, listener);
        try {
            return opening.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof WebSocketHandshakeException refused
                    ? refusal(refused)
                    : new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            abandon(opening);
            throw new IOException("the server does not answer", e);
        } catch (InterruptedException e) {
            abandon(opening);
            throw e;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Nothing waits for an abandoned socket.
    private static void abandon(CompletableFuture<WebSocket> opening) {
        opening.thenAccept(WebSocket::abort);
    }

    private static IOException refusal(WebSocketHandshakeException refused) {
        int status = refused.getResponse().statusCode();
        return status == UNAUTHORIZED
                ? new TicketRefusedException(refused)
                : new IOException("the server answered " + status, refused);
    }
}
