// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.NotConnectedException;
import dev.bellhop.server.cluster.WireCodec;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus over NATS.
 *
 * <p>Registrations are kept here, and made anew on each connection under one lock: none is missing on a connection that
 * {@link #isConnected} tells of.
 */
public final class NatsBus implements Bus, MeterBinder {
    /** How many requests are handled at once, by default. */
    public static final int MAX_REQUESTS = 4_096;

    private static final int MAX_REQUEST_BYTES = 128 << 20;
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(3);
    private static final Logger log = LoggerFactory.getLogger(NatsBus.class);

    private final Answers answers;
    private final NatsLink link;
    private final Object lock = new Object();

    /** Guarded by the lock, as the next. */
    private final List<Subscriber> subscribers = new ArrayList<>();

    private final List<Runnable> reconnectActions = new ArrayList<>();

    private volatile @Nullable NatsSession session;

    private NatsBus(NatsSettings settings, int maxRequests) {
        this.answers = new Answers(maxRequests, MAX_REQUEST_BYTES);
        this.link = new NatsLink(settings, this::attach, this::detach);
    }

    /** Begins to connect, and returns at once; {@link #awaitConnected} waits for it. */
    public static NatsBus open(NatsSettings settings) {
        return open(settings, MAX_REQUESTS);
    }

    /**
     * Begins to connect, and returns at once.
     *
     * @param maxRequests how many requests are handled at once
     */
    public static NatsBus open(NatsSettings settings, int maxRequests) {
        NatsBus bus = new NatsBus(settings, maxRequests);
        bus.link.start();
        return bus;
    }

    /** Whether there is a connection before time is up. */
    public boolean awaitConnected(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (lock) {
            while (!isConnected()) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                lock.wait(left);
            }
            return true;
        }
    }

    @Override
    public CompletableFuture<byte[]> request(String subject, byte[] payload, Duration timeout) {
        WireCodec.requireFitting(payload);
        NatsSession current = session;
        return current == null
                ? CompletableFuture.failedFuture(new NotConnectedException("there is no connection to NATS"))
                : current.request(subject, payload, timeout);
    }

    @Override
    public void publish(String subject, byte[] payload) {
        WireCodec.requireFitting(payload);
        NatsSession current = session;
        if (current != null) {
            try {
                current.connection().publish(subject, payload);
            } catch (IllegalStateException e) {
                log.debug("A hint is lost because the connection to NATS is");
            }
        }
    }

    @Override
    public Registration serve(String subject, @Nullable String queueGroup, Handler handler) {
        return register(subscribed(
                subject,
                queueGroup,
                connection -> connection.createDispatcher(message -> answers.handle(connection, message, handler))));
    }

    @Override
    public Registration listen(String subject, Listener listener) {
        return register(subscribed(
                subject,
                null,
                connection -> connection.createDispatcher(
                        message -> listener.hear(message.getSubject(), message.getData()))));
    }

    /** What is done on each connection, and its dispatcher on the present one. */
    private static final class Subscriber {
        private final Subscription subscription;
        private @Nullable Dispatcher dispatcher;

        private Subscriber(Subscription subscription) {
            this.subscription = subscription;
        }
    }

    @FunctionalInterface
    private interface Subscription {
        Dispatcher make(Connection connection);
    }

    private static Subscription subscribed(String subject, @Nullable String queueGroup, Subscription dispatcher) {
        return connection -> {
            Dispatcher made = dispatcher.make(connection);
            return queueGroup == null ? made.subscribe(subject) : made.subscribe(subject, queueGroup);
        };
    }

    private Registration register(Subscription subscription) {
        Subscriber added = new Subscriber(subscription);
        synchronized (lock) {
            subscribers.add(added);
            NatsSession current = session;
            if (current != null) {
                try {
                    added.dispatcher = subscription.make(current.connection());
                    flush(current.connection());
                } catch (IllegalStateException e) {
                    log.debug("A registration waits for the next connection to NATS");
                }
            }
        }
        return () -> remove(added);
    }

    private void remove(Subscriber removed) {
        synchronized (lock) {
            Dispatcher dispatcher = removed.dispatcher;
            NatsSession current = session;
            if (subscribers.remove(removed) && dispatcher != null && current != null) {
                try {
                    current.connection().closeDispatcher(dispatcher);
                } catch (IllegalStateException | IllegalArgumentException e) {
                    log.debug("A registration ended with its connection to NATS");
                }
            }
        }
    }

    private void attach(NatsSession fresh) {
        List<Runnable> actions;
        synchronized (lock) {
            for (Subscriber each : subscribers) {
                each.dispatcher = each.subscription.make(fresh.connection());
            }
            flush(fresh.connection());
            session = fresh;
            actions = List.copyOf(reconnectActions);
            lock.notifyAll();
        }
        actions.forEach(NatsBus::run);
    }

    /** Returns once the server has got what was sent to it before. */
    private static void flush(Connection connection) {
        try {
            connection.flush(FLUSH_TIMEOUT);
        } catch (TimeoutException e) {
            throw new IllegalStateException("NATS does not take registrations", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void detach(NatsSession lost) {
        synchronized (lock) {
            session = null;
            subscribers.forEach(each -> each.dispatcher = null);
        }
        lost.failWaiting();
    }

    @Override
    public void onReconnect(Runnable action) {
        synchronized (lock) {
            reconnectActions.add(action);
            if (session == null) {
                return;
            }
        }
        run(action);
    }

    private static void run(Runnable action) {
        Thread.ofVirtual().name("nats-reconnected").start(action);
    }

    @Override
    public boolean isConnected() {
        NatsSession current = session;
        return current != null && !current.isLost();
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.cluster.nats.connected", () -> isConnected() ? 1 : 0)
                .description("1 if there is a connection to NATS, else 0")
                .register(registry);
        FunctionCounter.builder("bellhop.cluster.messages.refused", answers, Answers::refused)
                .description("Messages that were refused because as many are handled as may be")
                .register(registry);
    }

    @Override
    public void close() {
        link.close();
        answers.close();
    }
}
