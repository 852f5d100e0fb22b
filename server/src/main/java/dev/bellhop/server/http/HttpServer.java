// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Connections;
import dev.bellhop.server.http.connection.ForwardedHeaders;
import dev.bellhop.server.http.connection.LimitedConnector;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.http.connection.SlowClients;
import dev.bellhop.server.http.connection.StrictHttp;
import dev.bellhop.server.http.connection.TlsConnections;
import dev.bellhop.server.http.connection.UnreadInput;
import dev.bellhop.server.tls.TlsWatch;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: its limits, its threads and its routes. Each request runs on a virtual thread of its own. */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    /** Each connection has one request at a time, so those are as many at most. */
    private static final int NO_LIMIT = 0;

    /** The part of the time for a request in which a client that was answered may go on sending. */
    private static final int UNREAD_SHARE = 3;

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(15);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    /** Once no request is under way, connections are closed on which nothing moves for this long. */
    private static final Duration IDLE_STOP_TIMEOUT = Duration.ofMillis(100);

    private final Server server;
    private final RequestsUnderWay requests;
    private final ServerConnector connector;
    private final String scheme;
    private final AtomicBoolean ready;

    private HttpServer(
            Server server, RequestsUnderWay requests, ServerConnector connector, String scheme, AtomicBoolean ready) {
        this.server = server;
        this.requests = requests;
        this.connector = connector;
        this.scheme = scheme;
        this.ready = ready;
    }

    /**
     * The parts that a server is made of.
     *
     * @param storeCheck writes something to the store; complete when that is durable
     * @param scrape gives all metrics as the text that Prometheus reads
     * @param clientTimeout as {@link dev.bellhop.server.service.Timeouts#client} has it
     */
    public record Parts(
            Gatekeeper gatekeeper,
            AuditTrail audit,
            Supplier<CompletableFuture<Void>> storeCheck,
            MeterRegistry metrics,
            Supplier<String> scrape,
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
        // Two hundred at a time, unless told otherwise: then as many that wait for a command's end hold up all others.
        VirtualThreadPool threads = new VirtualThreadPool(NO_LIMIT);
        threads.setName("http");
        Server server = new Server(threads);
        Connections connections = new Connections(limits(listening), listening.proxies(), parts.metrics());
        SlowClients slowClients = new SlowClients(parts.clientTimeout(), connections);

        ServerConnector connector = new LimitedConnector(server, connections, protocols(listening));
        connector.setHost(listening.address().getHostString());
        connector.setPort(listening.address().getPort());
        connector.setIdleTimeout(parts.clientTimeout().toMillis());
        connector.setShutdownIdleTimeout(IDLE_STOP_TIMEOUT.toMillis());
        connector.addBean(slowClients);
        server.addConnector(connector);

        List<Route> all = new ArrayList<>(routes.apply(ready::get));
        StoreCheck store = new StoreCheck(parts.storeCheck(), System::nanoTime);
        all.addAll(new ServiceRoutes(ready::get, store, parts.metrics(), parts.scrape()).routes());
        HttpMetrics metrics = new HttpMetrics(parts.metrics(), all);
        RequestAudit audit = new RequestAudit(parts.audit());
        UnreadInput unread = new UnreadInput(parts.clientTimeout().dividedBy(UNREAD_SHARE));
        Router router = new Router(
                new RouteTable(all),
                metrics,
                new Authenticator(parts.gatekeeper()),
                new RejectionThrottle(parts.metrics()),
                audit,
                slowClients,
                BodyBudget.ofHeap(),
                ResponseBudget.ofHeap(),
                unread,
                parts.clock());
        RequestsUnderWay requests = new RequestsUnderWay(router);
        server.setHandler(requests);
        server.setErrorHandler(new HttpErrors(parts.clock(), audit, metrics, unread));
        server.setRequestLog(new AccessLog());
        server.setStopTimeout(STOP_TIMEOUT.toMillis());
        server.start();
        return new HttpServer(server, requests, connector, listening.tls() == null ? "http" : "https", ready);
    }

    /** Where it can be reached; the port is the one it got where port 0 was asked for. */
    public URI uri() {
        String host = connector.getHost();
        String authority = host.contains(":") ? "[" + host + "]" : host;
        return URI.create(scheme + "://" + authority + ":" + connector.getLocalPort());
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
        try {
            server.stop();
        } catch (Exception e) {
            log.warn("The HTTP server did not stop cleanly", e);
        }
    }

    /** From the outside in. */
    private static ConnectionFactory[] protocols(Listening listening) {
        HttpConfiguration configuration = configuration();
        if (!listening.proxies().ranges().isEmpty()) {
            configuration.addCustomizer(new ForwardedHeaders(listening.proxies()));
        }
        StrictHttp http = new StrictHttp(configuration);
        TlsWatch tls = listening.tls();
        return tls == null
                ? new ConnectionFactory[] {http}
                : new ConnectionFactory[] {TlsConnections.speaking(http.getProtocol(), tls), http};
    }

    private static ConnectionLimits limits(Listening listening) {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
        ConnectionLimits.Wanted wanted = listening.connections();
        ConnectionLimits limits = wanted.within(Runtime.getRuntime().maxMemory(), files, listening.tls() != null);
        if (wanted.connections() != null && limits.connections() < wanted.connections()) {
            log.warn(
                    "Cannot hold {} connections at once, as limits.connections asks for, because the heap or the files that"
                            + " the server may open have room for {} only; raise -Xmx or LimitNOFILE, or set fewer",
                    wanted.connections(),
                    limits.connections());
        }
        return limits;
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(true);
        configuration.setRequestHeaderSize(StrictHttp.MAX_HEADER_BYTES);
        // It would take 98 KB for each connection.
        configuration.setHeaderCacheSize(0);
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        configuration.setUriCompliance(UriCompliance.RFC3986);
        return configuration;
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
