// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.body.ExplicitNulls;
import dev.bellhop.server.http.body.Utf8;
import dev.bellhop.server.service.Permit;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * A request after routing and authentication.
 *
 * @param id the value of X-Request-Id in the response
 * @param pathParameters keyed by the names in the route's template
 * @param permit absent on routes that need no key
 * @param held the body; empty if the method has none
 * @param memory reserves memory for the response
 */
public record Call(
        String id,
        Instant receivedAt,
        Request request,
        Map<String, String> pathParameters,
        @Nullable Permit permit,
        BodyBudget.BufferedBody held,
        ResponseBudget.Share memory) {
    /** Room for the word {@code null} and a line break or two. */
    private static final int MAX_NULL_LENGTH = 8;

    /** Returns the caller's key, on a route that needs one. */
    public Key caller() {
        return permit().note().caller().key();
    }

    /** Returns the permit, on a route that needs a key. */
    @Override
    public Permit permit() {
        if (permit == null) {
            throw new IllegalStateException("this route is open to callers without a key");
        }
        return permit;
    }

    /** Returns whether the request was made with a key. */
    boolean hasPermit() {
        return permit != null;
    }

    Call with(Permit given) {
        return new Call(id, receivedAt, request, pathParameters, given, held, memory);
    }

    /** Returns the bytes of the body; empty if the method has none. */
    public byte[] body() {
        return held.bytes();
    }

    /** Returns the body as it arrives, on a route that reads a stream. */
    public InputStream bodyStream() {
        return held.stream();
    }

    /** Releases the bytes of the body, but still counts the memory of the objects read from it. */
    public void bodyIsRead() {
        held.forgetBytes();
    }

    /** Releases the body and the objects read from it. Call it before a long wait. */
    public void bodyIsDone() {
        held.close();
    }

    public String pathParameter(String name) {
        String value = pathParameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no parameter " + name);
        }
        return value;
    }

    public boolean isWebSocket() {
        return WebSockets.asksForOne(request);
    }

    /**
     * Returns a query parameter. A repeated parameter is an error, because proxies and clients disagree about which
     * value counts.
     */
    public Optional<String> query(String name) {
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

    /** Returns the names of all query parameters. It does not decode values, because file paths need not be UTF-8. */
    Set<String> queryNames() {
        String query = request.getHttpURI().getQuery();
        return query == null
                ? Set.of()
                : Arrays.stream(query.split("&", -1))
                        .filter(pair -> !pair.isEmpty())
                        .map(pair -> queryName(pair.split("=", 2)[0]))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String queryName(String encoded) {
        try {
            return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return encoded; // Not a name that a route knows.
        }
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

    /** Returns all values of a query parameter, in the order given. */
    public List<String> queryAll(String name) {
        if (request.getHttpURI().getQuery() == null) {
            return List.of();
        }
        Fields.Field field = queryFields().get(name);
        return field == null ? List.of() : field.getValues();
    }

    /** Returns a header without surrounding blanks. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name)).map(String::strip);
    }

    /** Returns a header whose value is a list, which a client may send in several lines (RFC 9110, section 5.3). */
    public Optional<String> listHeader(String name) {
        List<String> lines = request.getHeaders().getValuesList(name);
        return lines.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(", ", lines).strip());
    }

    /** Returns whether there is no body, or only {@code null}, which generated clients send for an omitted body. */
    public boolean isBodyAbsent() {
        return body().length <= MAX_NULL_LENGTH
                && Set.of("", "null").contains(new String(body(), StandardCharsets.US_ASCII).strip());
    }

    /** Refuses a body with fields, on a route that would ignore them. */
    void requireNoFields() {
        if (!isBodyAbsent()) {
            strictBody(NoFields.class);
        }
    }

    private record NoFields() {}

    /** Reads a JSON body and ignores unknown fields. */
    public <T> T body(Class<T> type) {
        return body(type, Json.requestMapper().reader(), false);
    }

    /** Reads a JSON body and refuses unknown fields and nulls. */
    public <T> T strictBody(Class<T> type) {
        return body(type, Json.requestMapper().reader().with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES), true);
    }

    private <T> T body(Class<T> type, ObjectReader reader, boolean strict) {
        try (var _ = held.decoding()) {
            if (!Utf8.mayBeJson(body()) || !Utf8.isText(body(), body().length)) {
                throw malformed();
            }
            if (strict) {
                ExplicitNulls.refuse(body());
            }
            @Nullable T read = type.cast(reader.forType(type).readValue(body()));
            if (read == null) {
                throw malformed(); // The body is the word null.
            }
            return read;
        } catch (JacksonException e) {
            // The exception's message can quote the body, which can hold a command.
            if (e instanceof StreamConstraintsException) {
                throw new BellhopException(
                        ErrorCode.MALFORMED_JSON,
                        "Cannot read the body because it has more, deeper or longer values than are taken here");
            }
            String pointer = Json.pointer(e);
            if (pointer.isEmpty() || isNotJson(e)) {
                throw malformed();
            }
            if (e instanceof UnrecognizedPropertyException) {
                throw new BellhopException(
                        "Cannot use the body because it has a field that is not known here; look for a misspelt name",
                        List.of(new FieldFault(pointer, "This field is not known", Fault.UNKNOWN_FIELD)));
            }
            boolean missing = e.getCause() instanceof NullPointerException;
            FieldFault fault = missing
                    ? new FieldFault(pointer, "This field is required", Fault.REQUIRED)
                    : new FieldFault(pointer, "This is not the type of value expected here", Fault.WRONG_TYPE);
            throw new BellhopException(
                    "Cannot use the body because the field " + pointer
                            + (missing ? " is missing" : " has a value of the wrong type"),
                    List.of(fault));
        }
    }

    /** Returns whether the body is malformed JSON. A number that is too large for its field is still JSON. */
    private static boolean isNotJson(JacksonException e) {
        return e instanceof StreamReadException && !(e instanceof InputCoercionException);
    }

    private static BellhopException malformed() {
        return new BellhopException(
                ErrorCode.MALFORMED_JSON,
                "Cannot read the body because it is not a valid JSON object, or has a field twice");
    }

    @Override
    public String toString() {
        return "Call[" + id + "]";
    }
}
