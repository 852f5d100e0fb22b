// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Once the server stops, lets the requests that are under way end and takes no more; except for those that ask whether it
 * is ready, which are told that it is not.
 */
final class RequestsUnderWay extends GracefulHandler {
    RequestsUnderWay(Handler handler) {
        super(handler);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        return Request.getPathInContext(request).equals(ServiceRoutes.HEALTH)
                ? getHandler().handle(request, response, callback)
                : super.handle(request, response, callback);
    }
}
