// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.AddressBlock;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.http.header.RateLimitHeaders;
import dev.bellhop.server.service.Caller;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authenticates requests by the API key in their headers, and enforces the limits on requests. Thread safe.
 *
 * @param metricsToken gives access to the metrics instead of a key; absent if none is configured
 * @param toldOfScrape whether the log already explains why the metrics were refused
 */
record Authenticator(Gatekeeper gatekeeper, @Nullable MetricsToken metricsToken, AtomicBoolean toldOfScrape) {
    private static final Logger log = LoggerFactory.getLogger(Authenticator.class);

    private static final String KEY_HEADER = "X-API-Key";
    private static final String BEARER = "Bearer ";

    Authenticator(Gatekeeper gatekeeper, @Nullable MetricsToken metricsToken) {
        this(gatekeeper, metricsToken, new AtomicBoolean());
    }

    /**
     * Authenticates a scrape like {@link #authenticate}. The metrics once needed no key, so the log says once how to
     * fix this.
     */
    Key authenticateScrape(Request request) {
        try {
            return authenticate(request);
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.UNAUTHORIZED && metricsToken == null && toldOfScrape.compareAndSet(false, true)) {
                log.warn(
                        "Refused {} to {}, which showed no valid key. If that is your Prometheus: set metrics.tokenFile or"
                                + " metrics.listen, or give it a key with the scope read:metrics; metrics.enabled: false"
                                + " turns them off",
                        ServiceRoutes.METRICS,
                        ClientAddress.text(request));
            }
            throw e;
        }
    }

    Key authenticate(Request request) {
        InetAddress from = ClientAddress.certain(request);
        RateLimitHeaders.countsAgainst(request, () -> gatekeeper.limitOfFailures(AddressBlock.of(from)));
        Optional<String> secret = secret(request.getHeaders());
        if (secret.isEmpty()) {
            gatekeeper.failed(AddressBlock.of(from));
            throw new BellhopException(
                    ErrorCode.UNAUTHORIZED,
                    "Cannot serve this without an API key; send it as 'X-API-Key: KEY' or 'Authorization: Bearer KEY'");
        }
        Key key = gatekeeper.admit(secret.get(), from).orElseThrow(() -> refused(request, secret.get()));
        RequestIds.authenticated(request, key);
        RateLimitHeaders.countsAgainst(request, () -> gatekeeper.limitOf(key));
        return key;
    }

    /** Counts a request of a key, and refuses it if it exceeds the rate limit. */
    void count(Key key) {
        gatekeeper.requested(key);
    }

    /** Counts a response of a key. */
    void countAnswer(Key key, long bytes) {
        gatekeeper.answered(key, bytes);
    }

    /**
     * Refuses a request whose key has become invalid since it was authenticated, because a body can take long to
     * arrive.
     */
    void requireStillValid(Key key, Request request) {
        if (!gatekeeper.isStillValid(key)) {
            throw ErrorResponses.isV1(request) ? Caller.notAccepted() : Caller.noLongerAccepted();
        }
    }

    /** Uses the fixed text of v1, or a text that says what to do. Neither reveals whether the key exists. */
    private static BellhopException refused(Request request, String secret) {
        if (ErrorResponses.isV1(request)) {
            return Caller.notAccepted();
        }
        return new BellhopException(
                ErrorCode.UNAUTHORIZED,
                Gatekeeper.isKey(secret)
                        ? "Cannot accept this API key because it is unknown, expired, revoked or not for this address; have an"
                                + " admin look it up by its id, the 12 digits after 'bellhop_', or use another"
                        : "Cannot accept this API key because it is not whole; send all of it, which is 'bellhop_', 12 digits,"
                                + " '_' and 64 digits, and no quotes");
    }

    /** Runs a request that shows a secret other than a key. A wrong secret counts like a wrong key. */
    <T> T tried(Request request, Supplier<T> attempt) {
        return gatekeeper.tried(AddressBlock.of(ClientAddress.certain(request)), attempt);
    }

    /** Checks the metrics token. It is too long to guess, so failures need not be counted before the comparison. */
    boolean showsMetricsToken(Request request) {
        return metricsToken != null
                && secret(request.getHeaders()).filter(metricsToken::matches).isPresent();
    }

    /** Counts a request that needs no key. */
    void withoutKey(Request request) {
        AddressBlock from = AddressBlock.of(ClientAddress.of(request));
        RateLimitHeaders.countsAgainst(request, () -> gatekeeper.limitWithoutKey(from));
        gatekeeper.answeredWithoutKey(from);
    }

    static Optional<String> secret(HttpFields headers) {
        String header = headers.get(KEY_HEADER);
        if (header != null) {
            return Optional.of(header.strip());
        }
        String authorization = headers.get(HttpHeader.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.of(authorization.substring(BEARER.length()).strip());
        }
        return Optional.empty();
    }
}
