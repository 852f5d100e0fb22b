// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.api.retry.Backoff;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection to NATS until it is closed, and makes a new one whenever one is lost, for whatever reason.
 *
 * <p>The client of NATS could connect again by itself. Then it sends what was queued when the connection broke, long after whoever
 * asked has given up; it gives up for ever when it is refused twice, as while a token expires; and it lets requests wait that
 * nobody will answer. A new connection has none of that.
 */
final class NatsLink implements AutoCloseable {
    /** Many connect again at once after NATS was restarted, so much of a pause is random. */
    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(3), 2, 0.8);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final Logger log = LoggerFactory.getLogger(NatsLink.class);

    private final NatsSettings settings;
    private final Consumer<NatsSession> onConnected;
    private final Consumer<NatsSession> onLost;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Does nothing until it is started.
     *
     * @param onConnected called with each new connection, on a virtual thread; what it throws ends the connection
     * @param onLost called when that is lost, before there is another
     */
    NatsLink(NatsSettings settings, Consumer<NatsSession> onConnected, Consumer<NatsSession> onLost) {
        this.settings = settings;
        this.onConnected = onConnected;
        this.onLost = onLost;
        this.thread = Thread.ofVirtual().name("nats-link").unstarted(this::keep);
    }

    void start() {
        thread.start();
    }

    private void keep() {
        int failures = 0;
        String told = "";
        try {
            while (!closed) {
                CountDownLatch lost = new CountDownLatch(1);
                AtomicReference<@Nullable Exception> trouble = new AtomicReference<>();
                Connection connection = null;
                try {
                    connection = Nats.connect(NatsOptions.of(settings, lost::countDown, trouble::set));
                    told = "";
                    failures = 0;
                    log.info("Connected to NATS at {}", connection.getConnectedUrl());
                    use(new NatsSession(connection, lost));
                    if (!closed) {
                        log.warn("Lost the connection to NATS; connecting again");
                    }
                } catch (IOException | IllegalStateException e) {
                    Exception cause = trouble.get();
                    String reason = reason(e instanceof AuthenticationException || cause == null ? e : cause);
                    if (!reason.equals(told)) {
                        log.warn("Cannot connect to NATS at {} because {}; trying again", settings.servers(), reason);
                        told = reason;
                    }
                    failures++;
                } finally {
                    end(connection);
                }
                if (!closed) {
                    Thread.sleep(PAUSES.pause(failures));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // Closed.
        } catch (RuntimeException e) {
            log.error("The connection to NATS is given up after an error of Bellhop's own; restart it", e);
        }
    }

    private void use(NatsSession session) throws InterruptedException {
        try {
            onConnected.accept(session);
            session.awaitLost();
        } finally {
            onLost.accept(session);
        }
    }

    private static String reason(Throwable trouble) {
        for (Throwable each = trouble; each != null; each = each.getCause()) {
            if (each instanceof AuthenticationException) {
                return "it refuses this process's token, which may be expired, revoked or of another cluster";
            }
            if (each instanceof SSLException) {
                return "its certificate is not for that name, or not of the given authority";
            }
        }
        return "it does not answer there (" + trouble.getClass().getSimpleName() + ")";
    }

    private static void end(@Nullable Connection connection) {
        if (connection == null) {
            return;
        }
        // Beside, since it waits for sockets that may be stuck.
        Thread.ofVirtual().name("nats-end").start(() -> {
            try {
                connection.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
