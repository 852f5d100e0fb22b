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
 * The other side of a WebSocket. A frame is sent once the one before has been taken, so that a slow reader holds no memory; one that takes
 * none for long, or answers no ping, is gone. One thread sends; the rest is thread safe.
 */
public final class SocketPeer {
    /** How often to {@link #ping} it where there is nothing to send. */
    public static final Duration PING_INTERVAL = Duration.ofSeconds(20);

    private final Session session;
    private final Duration sendTimeout;
    private final Duration pongTimeout;

    /** When the first ping without an answer was sent, in nanoseconds; 0 where all are answered. */
    private final AtomicLong unanswered = new AtomicLong();

    /** Nothing is read meanwhile. */
    private volatile boolean busy;

    /**
     * Of a WebSocket that is open.
     *
     * @param sendTimeout for it to take a frame
     * @param pongTimeout for it to answer a ping: one whose network is gone says nothing
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

    /** Something has come from it, which may take a while to be done with. */
    public void busy() {
        busy = true;
    }

    /** Something has come from it. */
    public void heard() {
        unanswered.set(0);
        busy = false;
    }

    /** Throws where it has gone, as all that sends does. */
    public void send(byte[] bytes) throws IOException, InterruptedException {
        await(sent -> session.sendBinary(ByteBuffer.wrap(bytes), sent));
    }

    /** Sends a message, in JSON. */
    public void tell(Object message) throws IOException, InterruptedException {
        String json = Json.mapper().writeValueAsString(message);
        await(sent -> session.sendText(json, sent));
    }

    public void ping() throws IOException, InterruptedException {
        unanswered.compareAndSet(0, System.nanoTime() | 1);
        await(sent -> session.sendPing(ByteBuffer.allocate(0), sent));
    }

    /** Closes it in peace. */
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
