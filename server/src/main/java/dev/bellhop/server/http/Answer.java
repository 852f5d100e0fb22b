// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an endpoint answers. */
public sealed interface Answer {
    String JSON = "application/json";

    /** The HTTP status. */
    int status();

    /** Headers beside those that every answer has. */
    Map<String, String> headers();

    /**
     * An answer that is there as a whole.
     *
     * @param contentType absent where there is no body
     * @param failure what it tells of; absent where nothing failed
     */
    @SuppressWarnings("ArrayRecordComponent") // Made for one response and written once.
    public record Whole(
            int status,
            Map<String, String> headers,
            @Nullable String contentType,
            byte[] body,
            @Nullable ErrorCode failure)
            implements Answer {
        public Whole(int status, Map<String, String> headers, @Nullable String contentType, byte[] body) {
            this(status, headers, contentType, body, null);
        }

        /** The same answer with these headers and no others of its own. */
        public Whole with(Map<String, String> otherHeaders) {
            return new Whole(status, otherHeaders, contentType, body, failure);
        }

        /** The same answer, which tells of this failure. */
        Whole because(ErrorCode otherFailure) {
            return new Whole(status, headers, contentType, body, otherFailure);
        }

        /** The same answer with this body. */
        public Whole with(byte[] otherBody) {
            return new Whole(status, headers, contentType, otherBody, failure);
        }
    }

    /**
     * An answer that is written piece by piece, because it is too large to hold.
     *
     * @param bytes what it takes in memory as long as it is written, roughly; 0 where the body sees to that itself
     */
    public record Streamed(int status, Map<String, String> headers, String contentType, long bytes, Body body)
            implements Answer {
        /** What one takes that has a piece of output in its hands, as bytes, as text and as JSON. */
        static final long USUAL_BYTES = 256 * 1024;

        /** One whose pieces are those of output. */
        public Streamed(int status, Map<String, String> headers, String contentType, Body body) {
            this(status, headers, contentType, USUAL_BYTES, body);
        }
    }

    /** Writes a body. An exception breaks the connection, so that no client takes half an answer for a whole one. */
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
