// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.forward;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.forward.ForwardMessage;
import dev.bellhop.server.forward.Forward;
import dev.bellhop.server.forward.ForwardEnd;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.v2.SocketPeer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A forwarded connection as a WebSocket. Binary frames carry the data in both directions. The next frame is read after
 * the guest has accepted the previous one. A half-close and the end are JSON messages.
 */
public final class ForwardSocket implements HttpResponse.SocketEndpoint, Session.Listener.AutoDemanding {
    private static final int PIECE = 32 * 1024;

    /**
     * Allows for slow clients: unread data can wait in a pager, and a client that reads nothing answers no ping. TCP
     * detects a dead network earlier.
     */
    private static final Duration PATIENCE = Duration.ofHours(1);

    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private final Forward forward;

    /** Whether the client has sent all its data. */
    private final CountDownLatch allSent = new CountDownLatch(1);

    /** Whether no message for the client is left. */
    private final CountDownLatch finished = new CountDownLatch(1);

    private volatile @Nullable SocketPeer peer;

    ForwardSocket(Forward forward) {
        this.forward = forward;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        SocketPeer opened = new SocketPeer(session, PATIENCE, PATIENCE);
        session.setIdleTimeout(PATIENCE);
        peer = opened;
        forward.whenEnded(() -> Thread.ofVirtual().name("forward-end").start(() -> cutOff(opened)));
        Thread.ofVirtual().name("forward").start(() -> receive(opened));
    }

    @Override
    public void notOpened() {
        forward.close();
    }

    /** Ends the connection. The client gets the reason, unless it no longer reads. */
    private void cutOff(SocketPeer to) {
        allSent.countDown();
        try {
            if (!finished.await(GOODBYE.toSeconds(), TimeUnit.SECONDS)) {
                to.disconnect();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            to.disconnect();
        }
    }

    /** Copies data from the guest to the client. */
    private void receive(SocketPeer to) {
        try {
            boolean allCame = false;
            while (to.isThere() && !allCame) {
                TcpInput input = forward.read(PIECE, SocketPeer.PING_INTERVAL);
                if (input.bytes().length > 0) {
                    to.send(input.bytes());
                } else if (input.isEnd()) {
                    allCame = true;
                } else {
                    to.ping();
                }
            }
            if (allCame && forward.end() == null) {
                to.tell(ForwardMessage.eof());
                awaitAllSent(to);
            }
            forward.close();
            ForwardEnd end = forward.end();
            if (to.isThere() && end != null) {
                to.tell(ForwardMessage.ended(end.wireName()));
                to.close(StatusCode.NORMAL, "The connection has ended");
            } else {
                to.disconnect();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            to.disconnect();
        } catch (IOException e) {
            to.disconnect();
        } finally {
            forward.close();
            finished.countDown();
        }
    }

    private void awaitAllSent(SocketPeer from) throws IOException, InterruptedException {
        while (from.isThere() && !allSent.await(SocketPeer.PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)) {
            from.ping();
        }
    }

    /** Runs a step on received data, which can take a while. */
    private void take(Step step, Callback callback) {
        SocketPeer from = peer;
        if (from != null) {
            from.busy();
        }
        try {
            step.run();
            callback.succeed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.fail(e);
        } finally {
            heard();
        }
    }

    private interface Step {
        void run() throws InterruptedException;
    }

    private void heard() {
        SocketPeer from = peer;
        if (from != null) {
            from.heard();
        }
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        heard();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        take(() -> forward.write(bytes), callback);
    }

    @Override
    public void onWebSocketText(String text) {
        try {
            ForwardMessage message = Json.requestMapper().readValue(text, ForwardMessage.class);
            if (ForwardMessage.EOF.equals(message.type())) {
                take(
                        () -> {
                            forward.endOutput();
                            allSent.countDown();
                        },
                        Callback.NOOP);
            }
        } catch (JacksonException e) {
            // Unknown messages change nothing.
        }
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        forward.close();
    }

    @Override
    public void onWebSocketClose(int statusCode, @Nullable String reason, Callback callback) {
        forward.close();
        callback.succeed();
    }
}
