// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/** What a route answers with. */
public sealed interface HttpResponse {
    String JSON = "application/json";

    int status();

    /** Beside those that every response has. */
    Map<String, String> headers();

    /**
     * A response that is there in full.
     *
     * @param contentType absent where there is no body
     * @param failure what failed; absent where nothing did
     */
    @SuppressWarnings("ArrayRecordComponent") // Made for one response and written once.
    public record Whole(
            int status,
            Map<String, String> headers,
            @Nullable String contentType,
            byte[] body,
            @Nullable ErrorCode failure)
            implements HttpResponse {
        public Whole(int status, Map<String, String> headers, @Nullable String contentType, byte[] body) {
            this(status, headers, contentType, body, null);
        }

        /** The same with these headers and no others of its own. */
        public Whole with(Map<String, String> otherHeaders) {
            return new Whole(status, otherHeaders, contentType, body, failure);
        }

        Whole because(ErrorCode otherFailure) {
            return new Whole(status, headers, contentType, body, otherFailure);
        }

        public Whole with(byte[] otherBody) {
            return new Whole(status, headers, contentType, otherBody, failure);
        }
    }

    /**
     * A response that is written piece by piece, because it is too large to hold.
     *
     * @param bytes about what it takes in memory while it is written; 0 where the body sees to that itself
     * @param isFile whether it is a file of a guest, which does not count against the request rate
     */
    public record Streamed(
            int status, Map<String, String> headers, String contentType, long bytes, boolean isFile, Body body)
            implements HttpResponse {
        /** What it takes with a piece of output at hand, as bytes, as text and as JSON. */
        static final long DEFAULT_BYTES = 256 * 1024;

        Streamed with(Body otherBody) {
            return new Streamed(status, headers, contentType, bytes, isFile, otherBody);
        }

        /** Pieces of output. */
        public Streamed(int status, Map<String, String> headers, String contentType, Body body) {
            this(status, headers, contentType, DEFAULT_BYTES, body);
        }

        /** Makes a response that is not a file. */
        public Streamed(int status, Map<String, String> headers, String contentType, long bytes, Body body) {
            this(status, headers, contentType, bytes, false, body);
        }

        /** Makes a response of a guest's files, whose body takes the memory that it needs. */
        public static Streamed ofFiles(int status, Map<String, String> headers, String contentType, Body body) {
            return new Streamed(status, headers, contentType, 0, true, body);
        }
    }

    /**
     * A request that becomes a WebSocket.
     *
     * @param subprotocol which one of those that the client has named is spoken
     * @param endpoint is told what comes. A client that asks for no WebSocket gets an error, and this is closed
     */
    public record Upgraded(String subprotocol, SocketEndpoint endpoint) implements HttpResponse {
        @Override
        public int status() {
            return HttpStatus.SWITCHING_PROTOCOLS_101;
        }

        @Override
        public Map<String, String> headers() {
            return Map.of();
        }
    }

    /** One side of a WebSocket. */
    public interface SocketEndpoint extends Session.Listener {
        /** No WebSocket has come of it. */
        void notOpened();
    }

    /** Writes a body. An exception breaks the connection, so that no client takes half a response for all of it. */
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    static Whole json(int status, Object body) {
        return json(status, JSON, body);
    }

    static Whole json(int status, String contentType, Object body) {
        return bytes(status, contentType, Json.mapper().writeValueAsBytes(body));
    }

    static Whole bytes(int status, String contentType, byte[] body) {
        return new Whole(status, Map.of(), contentType, body);
    }

    static Whole noContent() {
        return new Whole(204, Map.of(), null, new byte[0]);
    }
}
