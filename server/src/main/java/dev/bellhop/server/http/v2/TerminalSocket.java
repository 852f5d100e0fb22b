// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.WindowSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * One viewer's WebSocket to a terminal. Binary frames carry output to the viewer and input from it. The next input
 * frame is read after the previous one was typed. Everything else is JSON text.
 */
public final class TerminalSocket implements HttpResponse.SocketEndpoint, Session.Listener.AutoDemanding {
    private static final int PIECE = 32 * 1024;
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PONG_TIMEOUT = Duration.ofSeconds(60);

    /** A close code of the range for applications: another client now types in the terminal. */
    private static final int REPLACED = 4001;

    private final Terminal.Viewer viewer;
    private volatile @Nullable SocketPeer peer;

    TerminalSocket(Terminal.Viewer viewer) {
        this.viewer = viewer;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        SocketPeer opened = new SocketPeer(session, SEND_TIMEOUT, PONG_TIMEOUT);
        peer = opened;
        Thread.ofVirtual().name("terminal-viewer").start(() -> send(opened));
    }

    @Override
    public void notOpened() {
        viewer.close();
    }

    private void send(SocketPeer to) {
        try {
            to.tell(TerminalMessage.position(viewer.position(), 0));
            while (to.isThere()) {
                Terminal.Next next = viewer.take(PIECE, SocketPeer.PING_INTERVAL);
                if (next.missed() > 0) {
                    to.tell(TerminalMessage.position(next.offset(), next.missed()));
                }
                if (next.bytes().length > 0) {
                    to.send(next.bytes());
                } else if (next.end() != null) {
                    end(to, next.end());
                    return;
                } else if (viewer.isReplaced()) {
                    to.close(REPLACED, "Another connection types in this terminal now");
                    return;
                } else {
                    to.ping();
                }
            }
            to.disconnect();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            to.disconnect();
        } catch (IOException e) {
            to.disconnect();
        } finally {
            viewer.close();
        }
    }

    private static void end(SocketPeer to, TerminalEnd end) throws IOException, InterruptedException {
        to.tell(TerminalViews.ended(end));
        to.close(StatusCode.NORMAL, "The terminal has ended");
    }

    /** Called only after the WebSocket is open. */
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
        byte[] typed = new byte[payload.remaining()];
        payload.get(typed);
        SocketPeer from = peer;
        if (from != null) {
            from.busy();
        }
        try {
            viewer.type(typed);
            callback.succeed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.fail(e);
        } catch (BellhopException e) {
            callback.fail(e);
        } finally {
            heard();
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
            // Unknown messages, and messages that have no effect now, change nothing.
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
