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
 * One line for each request: who, what, how it went, how long it took. Not its query string, headers and body, which may
 * hold secrets.
 */
final class AccessLog implements RequestLog {
    private static final Logger log = LoggerFactory.getLogger("dev.bellhop.access");
    private static final int LONGEST_PATH = 200;

    @Override
    public void log(Request request, Response response) {
        if (!log.isInfoEnabled()) {
            return;
        }
        String path = printable(String.valueOf(request.getHttpURI().getPath()));
        long micros = TimeUnit.NANOSECONDS.toMicros(NanoTime.since(request.getBeginNanoTime()));
        log.info(
                "{} {} {} {} us, request {}, key {}, from {}",
                request.getMethod(),
                path,
                response.getStatus(),
                micros,
                orDash(RequestIds.of(request)),
                orDash(RequestIds.keyIdOf(request)),
                Request.getRemoteAddr(request));
    }

    /** What is not printable ASCII, which some clients send as it is, would let them write lines of their own. */
    private static String printable(String path) {
        StringBuilder shown = new StringBuilder();
        path.chars().limit(LONGEST_PATH).forEach(c -> shown.append(c > ' ' && c <= '~' ? (char) c : '?'));
        return path.length() > LONGEST_PATH ? shown.append("...").toString() : shown.toString();
    }

    private static String orDash(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "-" : text;
    }
}
