// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.http.RouteTable.Match;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times requests by route and status. A request is timed from the arrival of its headers until its response
 * is ready: the client's reading speed and the length of a stream are not the server's doing. Requests with a wait have
 * separate series, because they last as long as commands do. The label is the route's template, not the path, so
 * callers cannot create series. Thread safe.
 */
final class HttpMetrics {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final IdentityHashMap<Route, Series> routes = new IdentityHashMap<>();
    private final Series unmatched = new Series("any", "unmatched");

    HttpMetrics(MeterRegistry registry, List<Route> routes) {
        this.registry = registry;
        routes.forEach(route -> this.routes.put(route, new Series(route.method(), route.template())));
    }

    /** Starts timing a request. */
    Timing begin(Request request) {
        return new Timing(asksForWait(request.getHttpURI().getQuery()));
    }

    private static boolean asksForWait(@Nullable String query) {
        return query != null && (query.startsWith("wait=") || query.contains("&wait="));
    }

    /** Counts a request that the HTTP layer answered. */
    void answeredUnrouted(int status, long nanos) {
        unmatched.timer(false, status).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Times one request. For one thread. */
    final class Timing {
        private final boolean waits;
        private final long begun = System.nanoTime();
        private Series series = unmatched;
        private boolean answered;

        private Timing(boolean waits) {
            this.waits = waits;
        }

        /** Sets the route that the request counts for; otherwise it counts for no route. */
        void matched(Match match) {
            if (match instanceof Match.Found(Route route, var _)) {
                series = routes.getOrDefault(route, unmatched);
            }
        }

        /** Counts the request, unless it is already counted. */
        void answered(int status) {
            if (!answered) {
                answered = true;
                series.timer(waits, status).record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
            }
        }

        /** Counts the request when the first byte is written: until then the response can still become an error. */
        OutputStream atFirstByte(OutputStream out, int status) {
            return new FilterOutputStream(out) {
                @Override
                public void write(int b) throws IOException {
                    answered(status);
                    out.write(b);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    answered(status);
                    out.write(bytes, offset, length);
                }
            };
        }
    }

    /**
     * Caches the timers of one route. Looking up a timer by its labels in the registry would cost more than all the
     * rest here.
     */
    private final class Series {
        private final String method;
        private final String route;
        private final ConcurrentMap<Integer, Timer> plain = new ConcurrentHashMap<>();
        private final ConcurrentMap<Integer, Timer> waiting = new ConcurrentHashMap<>();

        private Series(String method, String route) {
            this.method = method;
            this.route = route;
        }

        Timer timer(boolean waits, int status) {
            ConcurrentMap<Integer, Timer> timers = waits ? waiting : plain;
            Timer timer = timers.get(status);
            return timer != null ? timer : timers.computeIfAbsent(status, code -> register(waits, code));
        }

        private Timer register(boolean waits, int status) {
            return Timer.builder("bellhop.http.requests")
                    .description("Requests, and the time until their response was there")
                    .tag("method", method)
                    .tag("route", route)
                    .tag("status", Integer.toString(status))
                    .tag("wait", Boolean.toString(waits))
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
        }
    }
}
