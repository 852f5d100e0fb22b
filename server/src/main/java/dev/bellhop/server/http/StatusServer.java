// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.AddressBlock;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.FailureLimit;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Listening;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.http.connection.SlowClients;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves only {@code /healthz} and {@code /metrics} at a separate address, over plain HTTP and without a key. The
 * metrics can require a token. No request can change anything. Thread safe.
 */
public final class StatusServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatusServer.class);

    /** More than monitoring needs. Strangers who hold all of them do not keep clients from running commands. */
    private static final ConnectionLimits.Wanted CONNECTIONS = new ConnectionLimits.Wanted(100, 50);

    private final JettyParts jetty;

    private StatusServer(JettyParts jetty) {
        this.jetty = jetty;
    }

    /**
     * The content that the server publishes.
     *
     * @param notReady why the process is not ready, in one word; empty if it is ready
     * @param scrape returns all metrics in Prometheus text format
     * @param metricsToken required to read the metrics; absent if anyone who can reach the address can read them
     */
    public record Content(
            Supplier<Optional<String>> notReady,
            Supplier<String> scrape,
            @Nullable MetricsToken metricsToken) {}

    /**
     * Listens on an address and serves; throws an IOException if it cannot listen there.
     *
     * @param metrics where its connections and refusals are counted
     * @param clientTimeout time for a client to send a request
     */
    public static StatusServer start(
            InetSocketAddress address, Content content, MeterRegistry metrics, Clock clock, Duration clientTimeout)
            throws Exception {
        Listening listening = new Listening(address, null, Proxies.NONE, CONNECTIONS);
        JettyParts jetty = JettyParts.of(listening, metrics, clientTimeout);
        jetty.server().setHandler(new Pages(jetty.slowClients(), content, new RejectionThrottle(metrics), clock));
        jetty.server().setErrorHandler((request, response, callback) -> refuse(request, response, callback, clock));
        jetty.server().start();
        return new StatusServer(jetty);
    }

    /** Returns the server's address; for port 0, with the port that the system chose. */
    public URI uri() {
        return jetty.uri();
    }

    @Override
    public void close() {
        jetty.stop();
    }

    /** Answers requests that the HTTP layer refuses, for example because of headers over the limit. */
    private static boolean refuse(Request request, Response response, Callback callback, Clock clock) {
        String requestId = RequestIds.begin(request, response);
        SecurityHeaders.put(request, response);
        if (!request.getConnectionMetaData().isPersistent()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        BellhopException failure = HttpErrors.failure(response.getStatus(), requestId);
        Router.write(ErrorResponses.of(failure, request, requestId, clock.instant()), request, response, callback);
        return true;
    }

    private static final class Pages extends Handler.Abstract {
        private final SlowClients slowClients;
        private final Content content;
        private final RejectionThrottle rejections;
        private final Clock clock;
        private final FailureLimit failures =
                new FailureLimit(CallerLimits.FAILURES_PER_ADDRESS, "token", System::nanoTime);

        private Pages(SlowClients slowClients, Content content, RejectionThrottle rejections, Clock clock) {
            this.slowClients = slowClients;
            this.content = content;
            this.rejections = rejections;
            this.clock = clock;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            String requestId = RequestIds.begin(request, response);
            SecurityHeaders.put(request, response);
            Connection connection = request.getConnectionMetaData().getConnection();
            slowClients.begun(connection);
            if (RequestBody.isUnread(request)) {
                response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
            HttpResponse.Whole answer;
            try {
                answer = answer(request, requestId);
            } catch (BellhopException e) {
                rejections.note(e);
                answer = ErrorResponses.of(e, request, requestId, clock.instant());
            } catch (RuntimeException e) {
                log.error("Request {} failed", requestId, e);
                answer = ErrorResponses.of(Router.fault(requestId), request, requestId, clock.instant());
            }
            Router.write(answer, request, response, Callback.from(() -> slowClients.answered(connection), callback));
            return true;
        }

        /** Answers exact paths; any other spelling is unknown. */
        private HttpResponse.Whole answer(Request request, String requestId) {
            String path = String.valueOf(request.getHttpURI().getPath());
            if (!path.equals(ServiceRoutes.HEALTH) && !path.equals(ServiceRoutes.METRICS)) {
                throw new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot find this path; there are " + ServiceRoutes.HEALTH + " and " + ServiceRoutes.METRICS);
            }
            if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
                BellhopException failure = new BellhopException(
                        ErrorCode.METHOD_NOT_ALLOWED, "Cannot serve this method here; the path takes GET, HEAD");
                return ErrorResponses.of(failure, request, requestId, clock.instant())
                        .with(Map.of("Allow", "GET, HEAD"));
            }
            return path.equals(ServiceRoutes.METRICS)
                    ? metrics(request)
                    : ServiceRoutes.health(content.notReady().get());
        }

        private HttpResponse.Whole metrics(Request request) {
            MetricsToken token = content.metricsToken();
            // Failures from the same address do not block the correct token, which is too long to guess.
            if (token != null
                    && Authenticator.secret(request.getHeaders())
                            .filter(token::matches)
                            .isEmpty()) {
                failures.failed(AddressBlock.of(ClientAddress.certain(request)));
                throw new BellhopException(
                        ErrorCode.UNAUTHORIZED,
                        "Cannot show the metrics without their token; send it as 'Authorization: Bearer TOKEN'");
            }
            return ServiceRoutes.metrics(content.scrape().get());
        }
    }
}
