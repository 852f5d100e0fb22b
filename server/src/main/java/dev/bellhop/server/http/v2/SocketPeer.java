// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/**
 * The other side of a WebSocket. Each frame is sent after the previous one was written, so a slow reader holds no
 * memory. A peer that accepts no frame for a long time, or answers no ping, is considered gone. One thread sends; the
 * rest is thread safe.
 */
public final class SocketPeer {
    /** The interval of {@link #ping} while there is nothing else to send. */
    public static final Duration PING_INTERVAL = Duration.ofSeconds(20);

    private final Session session;
    private final Duration sendTimeout;
    private final Duration pongTimeout;

    /** The time of the first unanswered ping, in nanoseconds; 0 if all are answered. */
    private final AtomicLong unanswered = new AtomicLong();

    /** Whether a received frame is in process, so nothing else is read. */
    private volatile boolean busy;

    /**
     * Wraps an open WebSocket.
     *
     * @param sendTimeout time for the peer to accept a frame
     * @param pongTimeout time for the peer to answer a ping: if the network fails, the connection reports nothing
     */
    public SocketPeer(Session session, Duration sendTimeout, Duration pongTimeout) {
        this.session = session;
        this.sendTimeout = sendTimeout;
        this.pongTimeout = pongTimeout;
    }

    public boolean isThere() {
        long since = unanswered.get();
        boolean gone = since != 0 && !busy && System.nanoTime() - since > pongTimeout.toNanos();
        return session.isOpen() && !gone;
    }

    /** Records that a frame was received, which can take a while to process. */
    public void busy() {
        busy = true;
    }

    /** Records that something was received. */
    public void heard() {
        unanswered.set(0);
        busy = false;
    }

    /** Sends a frame. Fails if the peer is gone, like all methods that send. */
    public void send(byte[] bytes) throws IOException, InterruptedException {
        await(sent -> session.sendBinary(ByteBuffer.wrap(bytes), sent));
    }

    /** Sends a JSON message. */
    public void tell(Object message) throws IOException, InterruptedException {
        String json = Json.mapper().writeValueAsString(message);
        await(sent -> session.sendText(json, sent));
    }

    public void ping() throws IOException, InterruptedException {
        unanswered.compareAndSet(0, System.nanoTime() | 1);
        await(sent -> session.sendPing(ByteBuffer.allocate(0), sent));
    }

    /** Closes the WebSocket with a code and a reason. */
    public void close(int code, String reason) throws IOException, InterruptedException {
        await(closed -> session.close(code, reason, closed));
    }

    public void disconnect() {
        session.disconnect();
    }

    private interface Send {
        void to(Callback callback);
    }

    private void await(Send send) throws IOException, InterruptedException {
        Callback.Completable sent = new Callback.Completable();
        send.to(sent);
        try {
            sent.get(sendTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the other side has gone, or does not take in what it is sent", e);
        }
    }
}
