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
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: its limits, its threads and its routes. Each request runs on a virtual thread of its own. */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    /** The part of the time for a request in which a client that was answered may go on sending. */
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
     * The parts that a server is made of.
     *
     * @param storeCheck writes something to the store; complete when that is durable
     * @param processor turns for decoding large bodies
     * @param scrape gives all metrics as the text that Prometheus reads; absent where they are read elsewhere, or nowhere
     * @param metricsToken by which they are read without a key; absent where there is none
     * @param clientTimeout as {@link dev.bellhop.server.service.Timeouts#client} has it
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
     * Listens on an address and serves from then on; an IOException where it cannot listen there.
     *
     * @param routes are given what tells whether the server is not stopping yet
     */
    public static HttpServer start(Listening listening, Parts parts, Function<BooleanSupplier, List<Route>> routes)
            throws Exception {
        AtomicBoolean ready = new AtomicBoolean(true);
        JettyParts jetty = JettyParts.of(listening, parts.metrics(), parts.clientTimeout());
        List<Route> all = new ArrayList<>(routes.apply(ready::get));
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

    /** Where it can be reached; the port is the one it got where port 0 was asked for. */
    public URI uri() {
        return jetty.uri();
    }

    /** Why it is not ready, in one word; empty where it is. */
    public Optional<String> notReady() {
        return service.notReady();
    }

    /** Takes no more requests, and lets those under way end. */
    @Override
    public void close() {
        ready.set(false);
        try {
            // Before the connections are let go: the last bytes of an answer, too, may come after a while of nothing.
            requests.shutdown().get(DRAIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Some requests did not end in time", e);
        }
        jetty.stop();
    }

    /**
     * Once the server stops, lets the requests that are under way end and takes no more; except for those that ask whether it
     * is ready, which are told that it is not.
     */
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
