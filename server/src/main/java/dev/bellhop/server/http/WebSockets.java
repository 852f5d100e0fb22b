// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Upgrades requests to WebSockets. Thread safe. */
record WebSockets(ServerWebSocketContainer container) {
    private static final Logger log = LoggerFactory.getLogger(WebSockets.class);

    /** The largest message; clients split a terminal's paste into several. */
    private static final int MAX_MESSAGE_BYTES = 64 * 1024;

    private static final int BUFFER_BYTES = 16 * 1024;

    /** Both sides send pings more often. */
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(90);

    /** For a server that is not started yet. */
    static WebSockets of(Server server) {
        ServerWebSocketContainer container = ServerWebSocketContainer.ensure(server);
        container.setIdleTimeout(IDLE_TIMEOUT);
        container.setMaxBinaryMessageSize(MAX_MESSAGE_BYTES);
        container.setMaxTextMessageSize(MAX_MESSAGE_BYTES);
        container.setMaxFrameSize(MAX_MESSAGE_BYTES);
        container.setInputBufferSize(BUFFER_BYTES);
        container.setOutputBufferSize(BUFFER_BYTES);
        return new WebSockets(container);
    }

    /** Upgrades the request; if this returns false, nothing has been answered. */
    boolean upgrade(HttpResponse.Upgraded wanted, Request request, Response response, Callback callback) {
        boolean done = false;
        try {
            done = container.upgrade(
                    (upgradeRequest, upgradeResponse, _) -> {
                        upgradeResponse.setAcceptedSubProtocol(wanted.subprotocol());
                        return wanted.endpoint();
                    },
                    request,
                    response,
                    callback);
        } catch (RuntimeException e) {
            log.debug("A request did not become a WebSocket", e);
        }
        if (!done) {
            wanted.endpoint().notOpened();
        }
        return done;
    }

    static boolean asksForOne(Request request) {
        return request.getMethod().equals("GET")
                && "websocket".equalsIgnoreCase(request.getHeaders().get(HttpHeader.UPGRADE));
    }

    static BellhopException noUpgrade() {
        return new BellhopException(
                ErrorCode.INVALID_REQUEST,
                "Cannot serve this as it is no WebSocket; send Upgrade: websocket, version 13, over HTTP/1.1");
    }
}
