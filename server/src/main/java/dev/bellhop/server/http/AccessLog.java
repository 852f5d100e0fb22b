// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each request: who, what, how it went, how long it took. The path as it was sent, which is percent-encoded
 * and so cannot forge a line, and without its query string, headers and body, which may hold secrets.
 */
final class AccessLog implements RequestLog {
    private static final Logger log = LoggerFactory.getLogger("dev.bellhop.access");
    private static final int LONGEST_PATH = 200;

    @Override
    public void log(Request request, Response response) {
        if (!log.isInfoEnabled()) {
            return;
        }
        String path = String.valueOf(request.getHttpURI().getPath());
        long micros = TimeUnit.NANOSECONDS.toMicros(NanoTime.since(request.getBeginNanoTime()));
        log.info(
                "{} {} {} {} us, request {}, key {}, from {}",
                request.getMethod(),
                path.length() > LONGEST_PATH ? path.substring(0, LONGEST_PATH) + "…" : path,
                response.getStatus(),
                micros,
                orDash(RequestIds.of(request)),
                orDash(RequestIds.keyIdOf(request)),
                Request.getRemoteAddr(request));
    }

    private static String orDash(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "-" : text;
    }
}
