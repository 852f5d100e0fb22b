// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.ErrorKind;
import dev.bellhop.server.http.RouteTable.Match;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.http.connection.CountedStream;
import dev.bellhop.server.http.connection.SlowClients;
import dev.bellhop.server.http.connection.UnreadInput;
import dev.bellhop.server.http.header.RateLimitHeaders;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes each request: finds the route, authenticates, calls it and answers. All failures become responses here. */
final class Router extends Handler.Abstract {
    private static final Logger log = LoggerFactory.getLogger(Router.class);

    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

    private final RouteTable routes;
    private final HttpMetrics metrics;
    private final Authenticator authenticator;
    private final RejectionThrottle rejections;
    private final RequestAudit audit;
    private final SlowClients slowClients;
    private final BodyBudget bodies;
    private final ResponseBudget responses;
    private final UnreadInput unread;
    private final WebSockets sockets;
    private final Clock clock;

    Router(
            RouteTable routes,
            HttpMetrics metrics,
            Authenticator authenticator,
            RejectionThrottle rejections,
            RequestAudit audit,
            SlowClients slowClients,
            BodyBudget bodies,
            ResponseBudget responses,
            UnreadInput unread,
            WebSockets sockets,
            Clock clock) {
        this.routes = routes;
        this.metrics = metrics;
        this.authenticator = authenticator;
        this.rejections = rejections;
        this.audit = audit;
        this.slowClients = slowClients;
        this.bodies = bodies;
        this.responses = responses;
        this.unread = unread;
        this.sockets = sockets;
        this.clock = clock;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String requestId = RequestIds.begin(request, response);
        SecurityHeaders.put(request, response);
        HttpMetrics.Timing timing = metrics.begin(request);
        Connection connection = request.getConnectionMetaData().getConnection();
        slowClients.begun(connection);
        ResponseBudget.Share share = responses.newShare();
        HttpResponse answer;
        try {
            Match match = match(request);
            timing.matched(match);
            answer = answer(request, match, requestId, share);
            count(answer, request, share);
        } catch (BellhopException e) {
            if (e.code().kind() == ErrorKind.INTERNAL_ERROR) {
                log.error("Request {} failed", requestId, e);
            }
            rejections.note(e);
            answer = error(e, request, requestId, share);
        } catch (RuntimeException e) {
            log.error("Request {} failed", requestId, e);
            answer = error(fault(requestId), request, requestId, share);
        }
        boolean last = RequestBody.isUnread(request) || HttpMethod.CONNECT.is(request.getMethod());
        if (last) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        Callback answered = Callback.from(
                () -> {
                    share.close();
                    slowClients.answered(connection);
                    if (last) {
                        unread.discard(connection.getEndPoint());
                    }
                },
                callback);
        switch (answer) {
            case HttpResponse.Whole whole -> {
                timing.answered(whole.status());
                audit.answered(request, whole.status(), whole.failure());
                write(whole, request, response, answered);
            }
            case HttpResponse.Streamed streamed ->
                stream(streamed, request, response, requestId, share, timing, answered);
            case HttpResponse.Upgraded upgraded -> {
                share.close();
                // A ticket proves as much as a key. The connection is in use until it is closed.
                slowClients.keyAccepted(connection);
                slowClients.received(connection);
                if (sockets.upgrade(upgraded, request, response, callback)) {
                    timing.answered(upgraded.status());
                } else {
                    HttpResponse.Whole refused =
                            ErrorResponses.of(WebSockets.noUpgrade(), request, requestId, clock.instant());
                    timing.answered(refused.status());
                    write(refused, request, response, answered);
                }
            }
        }
        return true;
    }

    /** Makes an error response. An error with many faults can be large, so it also counts. */
    private HttpResponse error(
            BellhopException failure, Request request, String requestId, ResponseBudget.Share share) {
        HttpResponse.Whole error = ErrorResponses.of(failure, request, requestId, clock.instant());
        share.takesAnyway(error.body().length);
        return error;
    }

    /** Counts a complete response until the client has read it. */
    private static void count(HttpResponse answer, Request request, ResponseBudget.Share share) {
        if (answer instanceof HttpResponse.Whole whole) {
            if (request.getMethod().equals("GET")) {
                share.takes(whole.body().length);
            } else {
                share.takesAnyway(whole.body().length);
            }
        }
    }

    private Match match(Request request) {
        String asSent = request.getHttpURI().getPath();
        return asSent != null && !CanonicalPath.isCanonical(asSent)
                ? new Match.NotCanonical()
                : routes.find(request.getMethod(), Request.getPathInContext(request));
    }

    private HttpResponse answer(Request request, Match match, String requestId, ResponseBudget.Share share) {
        return switch (match) {
            case Match.Found(Route route, Map<String, String> parameters) -> {
                AuditNote note = enter(request, requestId, route, parameters);
                Key key = note == null ? null : note.caller().key();
                if (key != null) {
                    share.belongsTo(key);
                    slowClients.keyAccepted(request.getConnectionMetaData().getConnection());
                }
                try (BodyBudget.BufferedBody body = bodies.newBody(key == null ? "" : key.holder())) {
                    if (route.body().isStream()) {
                        RequestBody.leave(request, slowClients, body);
                    } else {
                        if (WITH_BODY.contains(route.method())) {
                            RequestBody.read(request, route.body(), slowClients, body);
                        }
                        slowClients.received(request.getConnectionMetaData().getConnection());
                    }
                    if (key != null && body.bytes().length > 0) {
                        authenticator.requireStillValid(key, request);
                    }
                    Call call = new Call(requestId, clock.instant(), request, parameters, null, body, share);
                    route.requireKnownQuery(call);
                    route.requireNoUnusedIdempotencyKey(call);
                    Function<Call, HttpResponse> endpoint = route.endpoint();
                    if (note != null) {
                        HttpResponse answer = Permit.during(note, permit -> endpoint.apply(call.with(permit)));
                        yield counted(answer, note.caller().key());
                    }
                    yield route.takesSecret()
                            ? authenticator.tried(request, () -> endpoint.apply(call))
                            : endpoint.apply(call);
                }
            }
            case Match.WrongMethod(SortedSet<String> allowed) -> {
                authenticator.withoutKey(request);
                String methods = String.join(", ", allowed);
                BellhopException failure = new BellhopException(
                        ErrorCode.METHOD_NOT_ALLOWED, "Cannot serve this method here; the path takes " + methods);
                Instant now = clock.instant();
                yield ErrorResponses.of(failure, request, requestId, now).with(Map.of("Allow", methods));
            }
            case Match.Nothing() -> {
                authenticator.withoutKey(request);
                throw new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find this path; /openapi.yaml lists those there are");
            }
            case Match.NotCanonical() -> {
                authenticator.withoutKey(request);
                throw CanonicalPath.refused();
            }
        };
    }

    /** Counts streamed output while it is written, because it can be endless. Files are not counted. */
    private HttpResponse counted(HttpResponse answer, Key key) {
        return switch (answer) {
            case HttpResponse.Whole whole -> {
                authenticator.countAnswer(key, whole.body().length);
                yield whole;
            }
            case HttpResponse.Streamed streamed when streamed.isFile() -> streamed;
            case HttpResponse.Streamed streamed ->
                streamed.with(out -> CountedStream.count(
                        out,
                        more -> authenticator.countAnswer(key, more),
                        counted -> streamed.body().writeTo(counted)));
            case HttpResponse.Upgraded upgraded -> upgraded;
        };
    }

    /** Authenticates a request and begins its audit note; absent if the request needs no key. */
    private @Nullable AuditNote enter(Request request, String requestId, Route route, Map<String, String> parameters) {
        audit.routed(request);
        UseCase useCase = route.useCase();
        boolean isScrape = useCase == UseCase.METRICS_READ;
        if (isScrape && authenticator.showsMetricsToken(request)) {
            // Requests of strangers from the same address do not count against the token.
            return null;
        }
        if (useCase != null) {
            Key key = isScrape ? authenticator.authenticateScrape(request) : authenticator.authenticate(request);
            String door = route.method() + " " + route.template();
            Caller caller = new Caller(key, requestId, ClientAddress.text(request), door, null);
            AuditNote note = audit.begin(request, caller, useCase, parameters);
            authenticator.count(key);
            useCase.require(caller);
            return note;
        }
        // A client that is refused here considers the server dead, and a flood from its address must not cause that.
        if (!route.template().equals(ServiceRoutes.HEALTH)) {
            authenticator.withoutKey(request);
        }
        return null;
    }

    static BellhopException fault(String requestId) {
        return new BellhopException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot serve this because of a fault in Bellhop; its log tells more under request id " + requestId);
    }

    static void write(HttpResponse.Whole whole, Request request, Response response, Callback callback) {
        begin(whole, whole.contentType(), request, response);
        response.write(true, ByteBuffer.wrap(whole.body()), callback);
    }

    /** Closes the stream only if all of it was written: the end of the stream means that it is complete. */
    private void stream(
            HttpResponse.Streamed streamed,
            Request request,
            Response response,
            String requestId,
            ResponseBudget.Share share,
            HttpMetrics.Timing timing,
            Callback callback) {
        Connection connection = request.getConnectionMetaData().getConnection();
        begin(streamed, streamed.contentType(), request, response);
        audit.streamBegins(request);
        try {
            share.reserve(streamed.bytes());
            OutputStream out = timing.atFirstByte(
                    slowClients.watched(Content.Sink.asOutputStream(response), connection), streamed.status());
            streamed.body().writeTo(out);
            timing.answered(streamed.status());
            audit.answered(request, streamed.status(), null);
            out.close();
        } catch (BellhopException e) {
            HttpResponse.Whole error = ErrorResponses.of(e, request, requestId, clock.instant());
            timing.answered(error.status());
            audit.answered(request, error.status(), error.failure());
            if (response.isCommitted()) {
                callback.failed(e);
            } else {
                rejections.note(e);
                response.reset();
                response.getHeaders().put(RequestIds.HEADER, requestId);
                SecurityHeaders.put(request, response);
                write(error, request, response, callback);
            }
            return;
        } catch (IOException | RuntimeException e) {
            audit.brokeOff(request, streamed.status());
            callback.failed(e);
            return;
        }
        callback.succeeded();
    }

    private static void begin(HttpResponse answer, @Nullable String contentType, Request request, Response response) {
        response.setStatus(answer.status());
        RateLimitHeaders.put(request, response, answer.headers());
        answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        if (contentType != null) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        }
    }
}
