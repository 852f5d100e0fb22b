// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.WindowSize;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * One viewer's side of a terminal. What is printed goes out as binary frames, each once the one before has been taken, so that a slow
 * viewer holds no memory; what is typed comes in likewise, and the next is not read before it is typed. All else is text, in JSON.
 */
public final class TerminalSocket implements HttpResponse.SocketEndpoint, Session.Listener.AutoDemanding {
    private static final int PIECE = 32 * 1024;
    private static final Duration PING_INTERVAL = Duration.ofSeconds(20);

    /** For a viewer to answer a ping: one whose network is gone says nothing. */
    private static final Duration PONG_TIMEOUT = Duration.ofSeconds(60);

    /** For a viewer to take in a piece. */
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

    /** Of those that applications may choose: somebody else types in the terminal by now. */
    private static final int REPLACED = 4001;

    private final Terminal.Viewer viewer;

    /** When the first ping without an answer was sent, in nanoseconds; 0 where all are answered. */
    private final AtomicLong unanswered = new AtomicLong();

    /** Nothing is read while the guest takes what was typed before. */
    private volatile boolean typing;

    TerminalSocket(Terminal.Viewer viewer) {
        this.viewer = viewer;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        Thread.ofVirtual().name("terminal-viewer").start(() -> send(session));
    }

    @Override
    public void notOpened() {
        viewer.close();
    }

    private void send(Session session) {
        try {
            tell(session, TerminalMessage.position(viewer.position(), 0));
            while (session.isOpen() && !isGone()) {
                Terminal.Next next = viewer.take(PIECE, PING_INTERVAL);
                if (next.missed() > 0) {
                    tell(session, TerminalMessage.position(next.offset(), next.missed()));
                }
                if (next.bytes().length > 0) {
                    await(sent -> session.sendBinary(ByteBuffer.wrap(next.bytes()), sent));
                } else if (next.end() != null) {
                    end(session, next.end());
                    return;
                } else if (viewer.isReplaced()) {
                    await(closed -> session.close(REPLACED, "Another connection types in this terminal now", closed));
                    return;
                } else {
                    unanswered.compareAndSet(0, System.nanoTime() | 1);
                    await(sent -> session.sendPing(ByteBuffer.allocate(0), sent));
                }
            }
            session.disconnect();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            session.disconnect();
        } catch (ExecutionException | TimeoutException e) {
            // It has gone, or does not take in what it is sent.
            session.disconnect();
        } finally {
            viewer.close();
        }
    }

    private boolean isGone() {
        long since = unanswered.get();
        return since != 0 && !typing && System.nanoTime() - since > PONG_TIMEOUT.toNanos();
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        unanswered.set(0);
    }

    private static void end(Session session, TerminalEnd end)
            throws ExecutionException, TimeoutException, InterruptedException {
        tell(session, TerminalViews.ended(end));
        await(closed -> session.close(StatusCode.NORMAL, "The terminal has ended", closed));
    }

    private static void tell(Session session, TerminalMessage message)
            throws ExecutionException, TimeoutException, InterruptedException {
        String json = Json.mapper().writeValueAsString(message);
        await(sent -> session.sendText(json, sent));
    }

    private interface Send {
        void to(Callback callback);
    }

    private static void await(Send send) throws ExecutionException, TimeoutException, InterruptedException {
        Callback.Completable sent = new Callback.Completable();
        send.to(sent);
        sent.get(SEND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] typed = new byte[payload.remaining()];
        payload.get(typed);
        typing = true;
        try {
            viewer.type(typed);
            callback.succeed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.fail(e);
        } catch (BellhopException e) {
            callback.fail(e);
        } finally {
            unanswered.set(0);
            typing = false;
        }
    }

    @Override
    public void onWebSocketText(String text) {
        try {
            TerminalMessage message = Json.requestMapper().readValue(text, TerminalMessage.class);
            Integer cols = message.cols();
            Integer rows = message.rows();
            if (TerminalMessage.RESIZE.equals(message.type()) && cols != null && rows != null) {
                viewer.resize(new WindowSize(Math.clamp(cols, 1, WindowSize.MAX), Math.clamp(rows, 1, WindowSize.MAX)));
            }
        } catch (JacksonException | BellhopException e) {
            // What is no message of ours, or cannot be done now, changes nothing.
        }
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        viewer.close();
    }

    @Override
    public void onWebSocketClose(int statusCode, @Nullable String reason, Callback callback) {
        viewer.close();
        callback.succeed();
    }
}
