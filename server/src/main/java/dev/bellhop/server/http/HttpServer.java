// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.http.connection.UnreadInput;
import dev.bellhop.server.limit.FairTurns;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: its limits, its threads and its routes. Each request runs on its own virtual thread. */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    /** The divisor of the client timeout that limits how long the server reads from a client after its last answer. */
    private static final int UNREAD_SHARE = 3;

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(15);

    private final JettyParts jetty;
    private final ServiceRoutes service;
    private final RequestsUnderWay requests;
    private final AtomicBoolean ready;

    private HttpServer(JettyParts jetty, ServiceRoutes service, RequestsUnderWay requests, AtomicBoolean ready) {
        this.jetty = jetty;
        this.service = service;
        this.requests = requests;
        this.ready = ready;
    }

    /**
     * The parts of a server.
     *
     * @param storeCheck writes something to the store; completes when the write is durable
     * @param processor turns for decoding large bodies
     * @param scrape returns all metrics in Prometheus text format; absent if they are off or served elsewhere
     * @param metricsToken reads the metrics without a key; absent if none is configured
     * @param clientTimeout see {@link dev.bellhop.server.service.Timeouts#client}
     */
    public record Parts(
            Gatekeeper gatekeeper,
            AuditTrail audit,
            Supplier<CompletableFuture<Void>> storeCheck,
            FairTurns processor,
            MeterRegistry metrics,
            @Nullable Supplier<String> scrape,
            @Nullable MetricsToken metricsToken,
            Clock clock,
            Duration clientTimeout) {}

    /**
     * Listens on an address and serves; throws an IOException if it cannot listen there.
     *
     * @param routes the routes of the API
     */
    public static HttpServer start(Listening listening, Parts parts, List<Route> routes) throws Exception {
        AtomicBoolean ready = new AtomicBoolean(true);
        JettyParts jetty = JettyParts.of(listening, parts.metrics(), parts.clientTimeout());
        List<Route> all = new ArrayList<>(routes);
        StoreCheck store = new StoreCheck(parts.storeCheck(), System::nanoTime);
        ServiceRoutes service = new ServiceRoutes(ready::get, store, parts.metrics(), parts.scrape());
        all.addAll(service.routes());
        HttpMetrics metrics = new HttpMetrics(parts.metrics(), all);
        RequestAudit audit = new RequestAudit(parts.audit());
        UnreadInput unread = new UnreadInput(parts.clientTimeout().dividedBy(UNREAD_SHARE));
        Router router = new Router(
                new RouteTable(all),
                metrics,
                new Authenticator(parts.gatekeeper(), parts.metricsToken()),
                new RejectionThrottle(parts.metrics()),
                audit,
                jetty.slowClients(),
                BodyBudget.ofHeap(parts.processor()),
                ResponseBudget.ofHeap(),
                unread,
                WebSockets.of(jetty.server()),
                parts.clock());
        RequestsUnderWay requests = new RequestsUnderWay(router);
        jetty.server().setHandler(requests);
        jetty.server().setErrorHandler(new HttpErrors(parts.clock(), audit, metrics, unread));
        jetty.server().start();
        return new HttpServer(jetty, service, requests, ready);
    }

    /** Returns the server's address; for port 0, with the port that the system chose. */
    public URI uri() {
        return jetty.uri();
    }

    /** Returns why the server is not ready, in one word; empty if it is ready. */
    public Optional<String> notReady() {
        return service.notReady();
    }

    /** Refuses new requests from now on. Readiness checks are still answered, with "not ready". */
    public void refuseRequests() {
        ready.set(false);
        var _ = requests.shutdown();
    }

    /** Refuses new requests and waits for running ones. */
    @Override
    public void close() {
        refuseRequests();
        try {
            // Before the connections are closed: the last bytes of an answer can also come after a pause.
            requests.shutdown().get(DRAIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Some requests did not end in time", e);
        }
        jetty.stop();
    }

    /** Refuses requests after its shutdown, except readiness checks, and knows when the running ones have ended. */
    private static final class RequestsUnderWay extends GracefulHandler {
        private RequestsUnderWay(Handler handler) {
            super(handler);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            return Request.getPathInContext(request).equals(ServiceRoutes.HEALTH)
                    ? getHandler().handle(request, response, callback)
                    : super.handle(request, response, callback);
        }
    }
}
