// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.connection.StrictHttp;
import dev.bellhop.server.http.connection.UnreadInput;
import java.time.Clock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;

/**
 * Answers requests that never reach a route because the HTTP layer refuses them (headers over the limit, for example),
 * and failures after a route has answered. If a request could not be read completely, its first bytes show whether it
 * is a HEAD, whose response has no body, and which version of the API it uses; the default is v1.
 */
record HttpErrors(Clock clock, RequestAudit audit, HttpMetrics metrics, UnreadInput unread) implements Request.Handler {
    private static final byte[] NO_BODY = {};

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (RequestIds.of(request) == null) {
            // Otherwise the router has counted it.
            metrics.answeredUnrouted(response.getStatus(), NanoTime.since(request.getBeginNanoTime()));
        }
        String requestId = RequestIds.begin(request, response);
        SecurityHeaders.put(request, response);
        audit.refusedUnrouted(request, response.getStatus());
        String beginning = StrictHttp.beginning(request);
        String path = path(request, beginning);
        HttpResponse.Whole answer = ErrorResponses.of(
                failure(response.getStatus(), requestId),
                !path.startsWith(ErrorResponses.V2),
                path,
                requestId,
                clock.instant());
        Callback answered = callback;
        if (!request.getConnectionMetaData().isPersistent() || HttpMethod.CONNECT.is(request.getMethod())) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            answered = Callback.from(
                    () -> unread.discard(
                            request.getConnectionMetaData().getConnection().getEndPoint()),
                    callback);
        }
        boolean head = HttpMethod.HEAD.is(request.getMethod()) || beginning.startsWith("HEAD ");
        Router.write(head ? answer.with(NO_BODY) : answer, request, response, answered);
        return true;
    }

    /** Returns the path as parsed, or else the prefix of the API version. */
    private static String path(Request request, String beginning) {
        String path = String.valueOf(request.getHttpURI().getPath());
        return !path.startsWith(ErrorResponses.V2)
                        && beginning.startsWith(ErrorResponses.V2, beginning.indexOf(' ') + 1)
                ? ErrorResponses.V2
                : path;
    }

    /** Returns the error for a status that the HTTP layer has chosen. */
    static BellhopException failure(int status, String requestId) {
        return switch (status) {
            case HttpStatus.REQUEST_TIMEOUT_408 ->
                refused(ErrorCode.REQUEST_TIMEOUT, "Cannot read the request because the client stopped sending it");
            case HttpStatus.PAYLOAD_TOO_LARGE_413 ->
                refused(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        "Cannot read the body because it is larger than any that is taken");
            case HttpStatus.URI_TOO_LONG_414 ->
                refused(
                        ErrorCode.URI_TOO_LONG,
                        "Cannot read the request because its path and query are longer than "
                                + StrictHttp.MAX_HEADER_BYTES + " bytes; shorten them");
            case HttpStatus.EXPECTATION_FAILED_417 ->
                refused(
                        ErrorCode.EXPECTATION_FAILED,
                        "Cannot do what the header Expect asks for; send it with 100-continue, or leave it out");
            case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
                refused(
                        ErrorCode.REQUEST_HEADER_FIELDS_TOO_LARGE,
                        "Cannot read the request because its headers are more than " + StrictHttp.MAX_HEADERS
                                + ", or larger than " + StrictHttp.MAX_HEADER_BYTES
                                + " bytes with the first line; send fewer or shorter ones");
            case HttpStatus.NOT_IMPLEMENTED_501 ->
                refused(
                        ErrorCode.NOT_IMPLEMENTED,
                        "Cannot decode a body in this Transfer-Encoding; send it as it is, or chunked");
            case HttpStatus.UPGRADE_REQUIRED_426, HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ->
                refused(
                        ErrorCode.HTTP_VERSION_NOT_SUPPORTED,
                        "Cannot speak this version of HTTP; send the request as HTTP/1.1");
            case HttpStatus.SERVICE_UNAVAILABLE_503 ->
                refused(
                        ErrorCode.SHUTTING_DOWN,
                        "Cannot take requests because the server stops; try again in a moment");
            default ->
                status < HttpStatus.INTERNAL_SERVER_ERROR_500
                        ? refused(
                                ErrorCode.INVALID_REQUEST,
                                "Cannot serve this request because its HTTP is malformed; look at its first line and its"
                                        + " headers")
                        : Router.fault(requestId);
        };
    }

    private static BellhopException refused(ErrorCode code, String message) {
        return new BellhopException(code, message);
    }
}
