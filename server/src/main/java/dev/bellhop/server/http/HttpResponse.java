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

/** A route's answer. */
public sealed interface HttpResponse {
    String JSON = "application/json";

    int status();

    /** Returns the headers that this response adds to the common headers. */
    Map<String, String> headers();

    /**
     * A complete response.
     *
     * @param contentType absent if there is no body
     * @param failure absent if nothing failed
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

        /** Returns a copy with only these headers. */
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
     * A response that is written piece by piece, because it is too large to hold in memory.
     *
     * @param bytes memory used while it is written, approximately; 0 if the body reserves its own
     * @param isFile whether it is a file of a guest, which does not count against the request rate
     */
    public record Streamed(
            int status, Map<String, String> headers, String contentType, long bytes, boolean isFile, Body body)
            implements HttpResponse {
        /** Memory for a piece of output as bytes, as text and as JSON. */
        static final long DEFAULT_BYTES = 256 * 1024;

        Streamed with(Body otherBody) {
            return new Streamed(status, headers, contentType, bytes, isFile, otherBody);
        }

        /** Makes a response with output, which uses the default memory. */
        public Streamed(int status, Map<String, String> headers, String contentType, Body body) {
            this(status, headers, contentType, DEFAULT_BYTES, body);
        }

        /** Makes a response that is not a file. */
        public Streamed(int status, Map<String, String> headers, String contentType, long bytes, Body body) {
            this(status, headers, contentType, bytes, false, body);
        }

        /** Makes a response with files of a guest, whose body reserves the memory that it needs. */
        public static Streamed ofFiles(int status, Map<String, String> headers, String contentType, Body body) {
            return new Streamed(status, headers, contentType, 0, true, body);
        }
    }

    /**
     * A request that becomes a WebSocket.
     *
     * @param subprotocol the subprotocol that the server chose from the client's list
     * @param endpoint receives the frames. It is closed if the client does not ask for a WebSocket; the client then
     *     gets an error
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

    public interface SocketEndpoint extends Session.Listener {
        /** Called if the WebSocket could not be opened. */
        void notOpened();
    }

    /**
     * Writes a body. An exception breaks the connection, so a client cannot mistake half a response for a complete one.
     */
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
