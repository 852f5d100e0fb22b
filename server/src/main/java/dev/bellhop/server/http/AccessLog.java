// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each request: caller, method, path, status and duration. The query, headers and body can hold
 * secrets and are not logged.
 *
 * <p>A flood must not fill the disk: for requests without a valid key and requests over the rate limit, the log has
 * only a few lines a second. One more line sums up the rest.
 */
final class AccessLog extends AbstractLifeCycle implements RequestLog {
    private static final Logger log = LoggerFactory.getLogger("dev.bellhop.access");
    private static final int MAX_PATH_LENGTH = 200;

    /** Any token is a valid method until a route is found, so its length is limited here. */
    private static final int MAX_METHOD_LENGTH = 20;

    /** Lines a second for each status. */
    private static final int LINES = 10;

    private final LineBudget withoutKey = new LineBudget(LINES);
    private final LineBudget tooMany = new LineBudget(LINES);
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofVirtual().name("access-log").factory());

    @Override
    public void log(Request request, Response response) {
        if (!log.isInfoEnabled() || !hasLine(request, response.getStatus())) {
            return;
        }
        String path = printable(String.valueOf(request.getHttpURI().getPath()), MAX_PATH_LENGTH);
        long micros = TimeUnit.NANOSECONDS.toMicros(NanoTime.since(request.getBeginNanoTime()));
        log.info(
                "{} {} {} {} us, request {}, key {}, from {}",
                printable(request.getMethod(), MAX_METHOD_LENGTH),
                path,
                response.getStatus(),
                micros,
                orDash(RequestIds.of(request)),
                orDash(RequestIds.keyIdOf(request)),
                Request.getRemoteAddr(request));
    }

    private boolean hasLine(Request request, int status) {
        if (RequestIds.keyIdOf(request) == null) {
            return withoutKey.take(status);
        }
        return status != HttpStatus.TOO_MANY_REQUESTS_429 || tooMany.take(status);
    }

    private void summarise() {
        withoutKey.renew((requests, status) ->
                log.info("{} more requests without a valid key were answered {}", requests, status));
        tooMany.renew(
                (requests, status) -> log.info("{} more requests with a valid key were answered {}", requests, status));
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the timer is shut down.
    protected void doStart() {
        timer.scheduleWithFixedDelay(this::summarise, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    protected void doStop() {
        timer.shutdownNow();
        summarise();
    }

    /** Escapes everything but printable ASCII, because clients could otherwise forge log lines. */
    private static String printable(String text, int longest) {
        StringBuilder shown = new StringBuilder();
        text.chars().limit(longest).forEach(c -> shown.append(c > ' ' && c <= '~' ? (char) c : '?'));
        return text.length() > longest ? shown.append("...").toString() : shown.toString();
    }

    private static String orDash(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "-" : text;
    }
}
