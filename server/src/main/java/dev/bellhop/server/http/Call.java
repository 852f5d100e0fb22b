// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.BellhopException.FieldFault;
import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * One request that has found its route and shown its key.
 *
 * @param id what the answer's X-Request-Id says
 * @param pathParameters by the names in the route's template
 * @param key whose key it came with; absent on routes open to all
 */
record Call(
        String id,
        Instant receivedAt,
        Request request,
        Map<String, String> pathParameters,
        @Nullable Key key) {
    /** No body that a route takes comes near this, escapes included. */
    static final int LARGEST_BODY = 64 * 1024;

    /** The caller's key, on a route that demands one. */
    Key caller() {
        if (key == null) {
            throw new IllegalStateException("this route is open to callers without a key");
        }
        return key;
    }

    String pathParameter(String name) {
        String value = pathParameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no parameter " + name);
        }
        return value;
    }

    /** A query parameter; given twice is an error, since proxies and clients disagree about which counts. */
    Optional<String> query(String name) {
        if (request.getHttpURI().getQuery() == null) {
            return Optional.empty();
        }
        Fields.Field field = queryFields().get(name);
        if (field == null) {
            return Optional.empty();
        }
        if (field.getValues().size() > 1) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot use the query parameter '" + name + "' because it is given more than once");
        }
        return Optional.of(field.getValue());
    }

    private Fields queryFields() {
        try {
            return Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot read the query string because it is not valid UTF-8 or %-encoding");
        }
    }

    /** The body, which has to be JSON that fits a record. The content type is not looked at where none is given. */
    <T> T body(Class<T> type) {
        String contentType = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (contentType != null && !mediaType(contentType).equals("application/json")) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Cannot read the body because its Content-Type is not application/json");
        }
        try {
            return Json.mapper().readValue(bytes(), type);
        } catch (JacksonException e) {
            // Its message may quote the body, which may hold a command.
            String pointer = Json.pointer(e);
            throw pointer.isEmpty()
                    ? new BellhopException(
                            ErrorCode.MALFORMED_JSON, "Cannot read the body because it is not a valid JSON object")
                    : new BellhopException(
                            "Cannot use the body because the field " + pointer + " is missing or of the wrong type",
                            List.of(new FieldFault(pointer, "Missing, or of the wrong type")));
        }
    }

    private byte[] bytes() {
        if (request.getLength() > LARGEST_BODY) {
            throw tooLarge();
        }
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = in.readNBytes(LARGEST_BODY + 1);
            if (body.length > LARGEST_BODY) {
                throw tooLarge();
            }
            return body;
        } catch (IOException e) {
            throw new BellhopException(
                    ErrorCode.REQUEST_TIMEOUT, "Cannot read the body because the client stopped sending it", e);
        }
    }

    private static BellhopException tooLarge() {
        return new BellhopException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "Cannot read the body because it is larger than " + LARGEST_BODY + " bytes");
    }

    private static String mediaType(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return type.strip().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public String toString() {
        return "Call[" + id + "]";
    }
}
