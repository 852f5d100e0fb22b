// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.cluster.credentials.NatsJwt;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the token by which a node gets into NATS from expiring: it asks the API servers for a new one whenever half of its time is over,
 * and once at the start, by which they learn the node's public key. The new one is used from the next connection on.
 */
public final class TokenRenewal implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TokenRenewal.class);
    private static final Duration HALF = UserTokens.NODE_LIFETIME.dividedBy(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration INTERVAL = Duration.ofHours(1);
    private static final Set<ErrorCode> PASSING =
            EnumSet.of(ErrorCode.STORE_UNAVAILABLE, ErrorCode.NOT_FOUND, ErrorCode.NOT_SUPPORTED);
    private static final Backoff PAUSES = new Backoff(Duration.ofSeconds(5), INTERVAL, 2, 0.5);

    private final ApiCalls calls;
    private final UserCredentials credentials;
    private final Path folder;
    private final Clock clock;
    private final Duration interval;
    private final Backoff pauses;
    private final Thread thread = Thread.ofVirtual().name("token-renewal").unstarted(this::run);
    private String told = "";

    /** @param folder of the credentials, where the new token goes */
    public TokenRenewal(ApiCalls calls, UserCredentials credentials, Path folder, Clock clock) {
        this(calls, credentials, folder, clock, INTERVAL, PAUSES);
    }

    /**
     * As the other, with times of its own.
     *
     * @param interval between two looks whether half of the token's time is over
     * @param pauses after failures
     */
    TokenRenewal(
            ApiCalls calls, UserCredentials credentials, Path folder, Clock clock, Duration interval, Backoff pauses) {
        this.calls = calls;
        this.interval = interval;
        this.pauses = pauses;
        this.credentials = credentials;
        this.folder = folder;
        this.clock = clock;
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            for (int failures = 0; ; ) {
                if (renew()) {
                    failures = 0;
                    awaitDue();
                } else {
                    Thread.sleep(pauses.pause(failures++));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Closed.
        } catch (RuntimeException e) {
            log.error("The token of this node is renewed no more after an error of Bellhop's own; restart it", e);
        }
    }

    /** Until half of its time is over. */
    private void awaitDue() throws InterruptedException {
        do {
            Thread.sleep(interval);
        } while (!isDue());
    }

    private boolean isDue() {
        try {
            @Nullable Instant expiry = NatsJwt.expiry(credentials.jwt().get());
            return expiry != null && clock.instant().isAfter(expiry.minus(HALF));
        } catch (IllegalArgumentException e) {
            return true; // Somebody is replacing the file, or has left half of it.
        }
    }

    /** Whether there is a new token. */
    private boolean renew() throws InterruptedException {
        String publicKey = credentials.key().publicKey();
        try {
            String jwt = calls.ask(NodeRequest.RENEW, new NodeRequest.Renew(publicKey), TIMEOUT)
                    .open(NodeRequest.Renewed.class)
                    .jwt();
            NodeFolder.replaceToken(folder, jwt);
            log.info("Renewed the credentials of node {}", calls.node());
            told = "";
            return true;
        } catch (BellhopException e) {
            // A node that shows its credentials for the first time is known once it has joined.
            boolean isPassing = PASSING.contains(e.code());
            tell(isPassing ? "" : String.valueOf(e.getMessage()));
        } catch (IOException e) {
            tell(String.valueOf(e.getMessage()));
        } catch (FencedException e) {
            throw new IllegalStateException("a request without a session was fenced", e);
        }
        return false;
    }

    /** Once, and not each time that it is tried again. */
    private void tell(String why) {
        if (!why.isEmpty() && !why.equals(told)) {
            log.warn("The credentials of this node expire unless they are renewed: {}", why);
        }
        told = why;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
