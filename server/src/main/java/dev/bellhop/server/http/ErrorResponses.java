// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v1.ErrorBody;
import dev.bellhop.api.v1.RateLimitedBody;
import dev.bellhop.api.v2.FieldError;
import dev.bellhop.api.v2.Problem;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.ErrorKind;
import dev.bellhop.server.failure.RuleRefusal;
import dev.bellhop.server.http.header.RateLimitHeaders;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Turns every failure into an HTTP response, in the format of the API version that the path belongs to. */
public final class ErrorResponses {
    /** The prefix of all v2 paths. */
    static final String V2 = "/api/v2/";

    private ErrorResponses() {}

    static int status(ErrorKind kind) {
        return switch (kind) {
            case BAD_REQUEST -> HttpStatus.BAD_REQUEST_400;
            case UNAUTHORIZED -> HttpStatus.UNAUTHORIZED_401;
            case FORBIDDEN -> HttpStatus.FORBIDDEN_403;
            case NOT_FOUND -> HttpStatus.NOT_FOUND_404;
            case METHOD_NOT_ALLOWED -> HttpStatus.METHOD_NOT_ALLOWED_405;
            case REQUEST_TIMEOUT -> HttpStatus.REQUEST_TIMEOUT_408;
            case CONFLICT -> HttpStatus.CONFLICT_409;
            case PRECONDITION_FAILED -> HttpStatus.PRECONDITION_FAILED_412;
            case UNPROCESSABLE -> HttpStatus.UNPROCESSABLE_ENTITY_422;
            case TOO_MANY_REQUESTS -> HttpStatus.TOO_MANY_REQUESTS_429;
            case PAYLOAD_TOO_LARGE -> HttpStatus.PAYLOAD_TOO_LARGE_413;
            case UNSUPPORTED_MEDIA_TYPE -> HttpStatus.UNSUPPORTED_MEDIA_TYPE_415;
            case RANGE_NOT_SATISFIABLE -> HttpStatus.RANGE_NOT_SATISFIABLE_416;
            case URI_TOO_LONG -> HttpStatus.URI_TOO_LONG_414;
            case REQUEST_HEADER_FIELDS_TOO_LARGE -> HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431;
            case EXPECTATION_FAILED -> HttpStatus.EXPECTATION_FAILED_417;
            case NOT_IMPLEMENTED -> HttpStatus.NOT_IMPLEMENTED_501;
            case HTTP_VERSION_NOT_SUPPORTED -> HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505;
            case INTERNAL_ERROR -> HttpStatus.INTERNAL_SERVER_ERROR_500;
            case SERVICE_UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE_503;
            case GATEWAY_TIMEOUT -> HttpStatus.GATEWAY_TIMEOUT_504;
        };
    }

    /** Returns the response to a failed request. */
    public static HttpResponse.Whole of(BellhopException failure, Request request, String requestId, Instant now) {
        return of(failure, isV1(request), String.valueOf(request.getHttpURI().getPath()), requestId, now);
    }

    /**
     * Returns the response to a request that the HTTP layer could not read completely.
     *
     * @param instance the part of the request's path that is known
     */
    public static HttpResponse.Whole of(
            BellhopException failure, boolean v1, String instance, String requestId, Instant now) {
        ErrorKind kind = kind(failure, v1);
        int status = status(kind);
        HttpResponse.Whole answer = (v1
                        ? HttpResponse.json(status, v1(status, failure, requestId, now))
                        : HttpResponse.json(
                                status, Problem.MEDIA_TYPE, problem(status, failure, instance, requestId, now)))
                .because(failure.code());
        return switch (kind) {
            case UNAUTHORIZED -> answer.with(Map.of("WWW-Authenticate", "Bearer"));
            case TOO_MANY_REQUESTS -> answer.with(limited(failure, v1));
            case SERVICE_UNAVAILABLE -> answer.with(Map.of("Retry-After", Integer.toString(failure.retryAfter())));
            default -> answer;
        };
    }

    /** v1 reports a command that policy forbids as an invalid request. */
    private static ErrorKind kind(BellhopException failure, boolean v1) {
        return v1 && failure.code() == ErrorCode.POLICY_REFUSED
                ? ErrorKind.BAD_REQUEST
                : failure.code().kind();
    }

    private static Map<String, String> limited(BellhopException failure, boolean v1) {
        String retryAfter = Integer.toString(failure.retryAfter());
        Map<String, String> headers = new HashMap<>(Map.of("Retry-After", retryAfter));
        if (!v1) {
            headers.putAll(RateLimitHeaders.reached(failure.limit(), failure.retryAfter()));
        }
        return headers;
    }

    /** Returns whether to answer in the format of v1. Unknown paths also use it, because it is older and simpler. */
    static boolean isV1(Request request) {
        String path = request.getHttpURI().getCanonicalPath();
        return path == null || !path.startsWith(V2);
    }

    /** Returns the reason phrase of RFC 9110; Jetty's phrase for 500 differs. */
    static String title(int status) {
        return status == HttpStatus.INTERNAL_SERVER_ERROR_500 ? "Internal Server Error" : HttpStatus.getMessage(status);
    }

    private static Object v1(int status, BellhopException failure, String requestId, Instant now) {
        ErrorKind kind = kind(failure, true);
        return kind == ErrorKind.TOO_MANY_REQUESTS
                ? new RateLimitedBody(title(status), messageOf(failure), failure.retryAfter(), requestId)
                : new ErrorBody(title(status), messageOf(failure), kind.name(), now, requestId);
    }

    private static Problem problem(
            int status, BellhopException failure, String instance, String requestId, Instant now) {
        String code = failure.code().wireName();
        return new Problem(
                Problem.typeOf(code),
                title(status),
                status,
                messageOf(failure),
                code,
                instance,
                requestId,
                now,
                errors(failure),
                failure.rule().map(RuleRefusal::policy).orElse(null),
                failure.rule().map(RuleRefusal::rule).orElse(null));
    }

    private static @Nullable List<FieldError> errors(BellhopException failure) {
        return failure.faults().isEmpty()
                ? null
                : failure.faults().stream()
                        .map(fault -> FieldError.of(
                                fault.pointer(), fault.detail(), fault.fault().wireName()))
                        .toList();
    }

    private static String messageOf(BellhopException failure) {
        return String.valueOf(failure.getMessage());
    }
}
