// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Clock;
import java.time.Instant;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what never reaches a route because the HTTP layer refuses it, such as headers over the limit, and what fails
 * after its route has answered.
 */
final class HttpErrors implements Request.Handler {
    private final Clock clock;
    private final RequestAudit audit;

    HttpErrors(Clock clock, RequestAudit audit) {
        this.clock = clock;
        this.audit = audit;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String requestId = RequestIds.begin(request, response);
        SecurityHeaders.put(request, response);
        audit.refusedUnrouted(request, response.getStatus());
        Instant now = clock.instant();
        Answer.Whole answer = switch (response.getStatus()) {
            case HttpStatus.INTERNAL_SERVER_ERROR_500 ->
                ErrorResponses.of(Router.fault(requestId), request, requestId, now);
            case HttpStatus.SERVICE_UNAVAILABLE_503 ->
                ErrorResponses.of(
                        new BellhopException(
                                ErrorCode.SHUTTING_DOWN,
                                "Cannot take requests because the server stops; try again in a moment"),
                        request,
                        requestId,
                        now);
            default -> ErrorResponses.ofStatus(response.getStatus(), requestId, now);
        };
        Router.write(answer, response, callback);
        return true;
    }
}
