// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This server's share of the requests that nodes send to any API server. Once a second it tries a write. While writes fail, it leaves all
 * requests to the other servers, because it could only answer {@code BUSY}. Thread safe.
 */
final class RequestShare implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RequestShare.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(2);

    /** Together they take as long as a write waits for the database. */
    private static final int MAX_FAILURES = 2;

    private final Bus bus;
    private final Bus.Handler handler;
    private final Supplier<CompletableFuture<Void>> write;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Bus.Registration> registrations = new ArrayList<>();

    /**
     * Begins to answer.
     *
     * @param write begins a write that changes nothing
     */
    RequestShare(Bus bus, Bus.Handler handler, Supplier<CompletableFuture<Void>> write) {
        this.bus = bus;
        this.handler = handler;
        this.write = write;
        take();
        Thread.ofVirtual().name("request-share").start(this::run);
    }

    private void run() {
        try {
            for (int failures = 0; !stop.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS); ) {
                failures = canWrite() ? 0 : failures + 1;
                if (failures == 0) {
                    take();
                } else if (failures == MAX_FAILURES) {
                    leave();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean canWrite() {
        try {
            Writes.await(write.get(), LONGEST_WRITE);
            return true;
        } catch (RuntimeException e) {
            log.debug("The database takes no writes now", e);
            return false;
        }
    }

    private synchronized void take() {
        if (registrations.isEmpty() && stop.getCount() > 0) {
            registrations.add(bus.serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, handler));
            registrations.add(bus.serve(Subjects.requestsTo(Subjects.EACH_API_SERVER), null, handler));
        }
    }

    private synchronized void leave() {
        if (!registrations.isEmpty()) {
            log.warn(
                    "Cannot write to the database; leaving the requests of nodes to the other API servers until it works again");
            end();
        }
    }

    private void end() {
        registrations.forEach(Bus.Registration::close);
        registrations.clear();
    }

    @Override
    public synchronized void close() {
        stop.countDown();
        end();
    }
}
