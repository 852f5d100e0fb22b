// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** The connections to one server, some of which are kept for the next request. Thread safe. */
final class HttpConnections implements AutoCloseable {

    /** How many are kept for later. */
    private static final int MAX_IDLE = 8;

    private final URI url;
    private final @Nullable SSLSocketFactory tls;
    private final Duration connectTimeout;

    /** All that are open, so that they can be closed. */
    private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();

    /** Those of them that wait for the next request, the one used last in front. */
    private final Deque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

    private volatile boolean closed;

    /** @param tls makes the sockets of TLS; absent for a server without it */
    HttpConnections(URI url, @Nullable SSLSocketFactory tls, Duration connectTimeout) {
        this.url = url;
        this.tls = tls;
        this.connectTimeout = connectTimeout;
    }

    /** An answer whose head is there, and its body on the connection, which is to be given back. */
    record Begun(HttpConnection connection, HttpAnswer answer) {}

    /**
     * Sends a request and reads the head of its answer.
     *
     * @param isRepeatable whether it may be sent once more where the server has closed a connection that was kept: it
     *     might be carried out twice
     * @param timeout as in {@link HttpConnection#send(String, byte[], Duration)}
     */
    Begun begin(String head, byte[] body, boolean isRepeatable, Duration timeout) throws IOException {
        while (true) {
            HttpConnection connection = take();
            try {
                return new Begun(connection, connection.send(head, body, timeout));
            } catch (HttpConnection.StaleException e) {
                discard(connection);
                if (!isRepeatable || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            } catch (IOException e) {
                discard(connection);
                throw e;
            }
        }
    }

    /** One that was kept, or else a new one. */
    private HttpConnection take() throws IOException {
        for (HttpConnection waiting = idle.poll(); waiting != null; waiting = idle.poll()) {
            if (waiting.isUsable()) {
                return waiting;
            }
            discard(waiting);
        }
        return fresh();
    }

    /** One that was not used before; to be given back by {@link #discard}. */
    HttpConnection fresh() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        HttpConnection fresh = HttpConnection.open(url, tls, connectTimeout);
        open.add(fresh);
        if (closed) {
            discard(fresh); // close() may have missed it.
        }
        return fresh;
    }

    /** Keeps one for the next request, if it can carry one and not enough are kept already. */
    void release(HttpConnection connection) {
        if (!connection.isReusable()) {
            discard(connection);
            return;
        }
        idle.push(connection);
        HttpConnection oldest = idle.size() > MAX_IDLE ? idle.pollLast() : null;
        if (oldest != null) {
            discard(oldest);
        }
    }

    void discard(HttpConnection connection) {
        open.remove(connection);
        connection.close();
    }

    /** Closes all; what is under way on them fails. */
    @Override
    public void close() {
        closed = true;
        open.forEach(HttpConnection::close);
    }
}
