// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.execution.Executions;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes results that are older than their retention, in the background. */
final class Retention implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration PERIOD = Duration.ofHours(1);

    private final Executions executions;
    private final Duration retention;
    private final Clock clock;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("retention").factory());

    Retention(Executions executions, Duration retention, Clock clock) {
        this.executions = executions;
        this.retention = retention;
        this.clock = clock;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the scheduler is shut down, and tells its own failures.
    void start() {
        scheduler.scheduleWithFixedDelay(this::run, FIRST.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
    }

    private void run() {
        try {
            int deleted = executions.deleteFinishedBefore(clock.instant().minus(retention));
            if (deleted > 0) {
                log.info("Deleted {} executions that finished more than {} days ago", deleted, retention.toDays());
            }
        } catch (RuntimeException e) {
            log.error("Cannot delete old executions now; trying again in an hour", e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
