// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ErrorBody;
import dev.bellhop.api.v1.RateLimitedBody;
import dev.bellhop.api.v2.FieldError;
import dev.bellhop.api.v2.Problem;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link StubServer} answers.
 *
 * @param asDocumented whether it must be as {@code openapi.yaml} documents it
 */
@SuppressWarnings("ArrayRecordComponent") // A body is bytes; nothing compares answers.
public record StubAnswer(int status, Map<String, String> headers, byte[] body, boolean asDocumented) {

    /** The request id of all answers. */
    public static final String REQUEST_ID = "0b0e6a9c-3c7e-4f56-9a57-2f3f0f6c1f11";

    private static final Instant NOW = Instant.parse("2026-01-31T09:30:00Z");

    private static final byte[] NOTHING = {};

    /** A v1 success. */
    public static StubAnswer v1(Object data) {
        return json(200, Envelope.of(NOW, REQUEST_ID, data));
    }

    /** A v1 error. */
    public static StubAnswer v1Error(int status, String error, String code, String message) {
        StubAnswer answer = json(status, new ErrorBody(error, message, code, NOW, REQUEST_ID));
        return status == 401 ? answer.with("WWW-Authenticate", "Bearer realm=\"bellhop\"") : answer;
    }

    /** A v1 answer with status 429. */
    public static StubAnswer v1RateLimited(int seconds) {
        String message = "Cannot take more requests with this key now; wait " + seconds + " seconds";
        return json(429, new RateLimitedBody("Too Many Requests", message, seconds, REQUEST_ID))
                .with("Retry-After", String.valueOf(seconds));
    }

    /** Returns a resource that has an ETag. */
    public static StubAnswer tagged(int status, Object body) {
        return json(status, body).with("Cache-Control", "no-store").with("ETag", "\"" + "0".repeat(32) + "\"");
    }

    /** Returns a resource that was created. */
    public static StubAnswer created(String location, Object body) {
        return tagged(201, body).with("Location", location);
    }

    public static StubAnswer json(int status, Object body) {
        return new StubAnswer(
                status,
                Map.of("X-Request-Id", REQUEST_ID, "Content-Type", "application/json"),
                Json.mapper().writeValueAsBytes(body),
                true);
    }

    /** A v2 error. */
    public static StubAnswer problem(
            int status, String code, String detail, String instance, @Nullable List<FieldError> errors) {
        Problem problem =
                new Problem(Problem.typeOf(code), code, status, detail, code, instance, REQUEST_ID, NOW, errors);
        StubAnswer answer = json(status, problem).with("Content-Type", Problem.MEDIA_TYPE);
        return status == 401 ? answer.with("WWW-Authenticate", "Bearer realm=\"bellhop\"") : answer;
    }

    /** A policy refuses. */
    public static StubAnswer policyRefused(String policy, String rule, String instance) {
        String code = "policy_refused";
        String detail = "Cannot run this command because the rule " + rule + " refuses it";
        Problem problem = new Problem(
                Problem.typeOf(code), "Forbidden", 403, detail, code, instance, REQUEST_ID, NOW, null, policy, rule);
        return json(403, problem).with("Content-Type", Problem.MEDIA_TYPE);
    }

    /** A v2 success without a body. */
    public static StubAnswer noContent() {
        return new StubAnswer(204, Map.of("X-Request-Id", REQUEST_ID), NOTHING, true);
    }

    /** An execution, as those routes answer it that have one to answer. */
    public static StubAnswer execution(int status, ExecutionView execution) {
        StubAnswer answer = json(status, execution).with("Cache-Control", "no-store");
        return status == 201 ? answer.with("Location", "/api/v2/executions/" + execution.id()) : answer;
    }

    /** A stream of events, which ends after this text. */
    public static StubAnswer events(String text) {
        return new StubAnswer(200, Map.of(), text.getBytes(StandardCharsets.UTF_8), true)
                .with("X-Request-Id", REQUEST_ID)
                .with("Content-Type", "text/event-stream")
                .with("Cache-Control", "no-store")
                .with("X-Accel-Buffering", "no");
    }

    /** The part of some output that a request asks for, at most {@code most} bytes of it. */
    public static StubAnswer output(StubServer.Request request, byte[] all, int most) {
        int offset = Math.min(all.length, number(request, "offset"));
        int end = Math.min(all.length, offset + Math.min(most, number(request, "limit")));
        return new StubAnswer(200, Map.of(), Arrays.copyOfRange(all, offset, end), true)
                .with("X-Request-Id", REQUEST_ID)
                .with("Content-Type", "application/octet-stream")
                .with("Cache-Control", "no-store")
                .with("X-Content-Type-Options", "nosniff")
                .with("Accept-Ranges", "bytes")
                .with("X-Next-Offset", String.valueOf(end))
                .with("X-Complete", String.valueOf(end == all.length));
    }

    /** Something that no Bellhop server answers, as from a proxy on the way. */
    public static StubAnswer foreign(int status, String contentType, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new StubAnswer(status, Map.of("Content-Type", contentType), bytes, false);
    }

    static StubAnswer notFound(StubServer.Request request) {
        String message = "Cannot find what was asked for";
        return request.target().startsWith("/api/v2/")
                ? problem(404, "not_found", message, request.target(), null)
                : v1Error(404, "Not Found", "NOT_FOUND", message);
    }

    /** The same with another header. */
    public StubAnswer with(String header, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(header, value);
        return new StubAnswer(status, Map.copyOf(more), body, asDocumented);
    }

    private static int number(StubServer.Request request, String parameter) {
        return Integer.parseInt(request.target().replaceFirst(".*[?&]" + parameter + "=([0-9]+).*", "$1"));
    }
}
