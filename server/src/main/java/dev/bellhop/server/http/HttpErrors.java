// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.time.Clock;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers what never reaches a route because the HTTP layer refuses it, such as headers over the limit. */
final class HttpErrors implements Request.Handler {
    private final Clock clock;

    HttpErrors(Clock clock) {
        this.clock = clock;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String requestId = RequestIds.begin(request, response);
        String path = request.getHttpURI().getCanonicalPath();
        Answer answer =
                ErrorResponses.ofStatus(response.getStatus(), path == null ? "/" : path, requestId, clock.instant());
        Router.write(answer, response, callback);
        return true;
    }
}
