// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.Config.Retained;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.execution.ExecutionRetention;
import dev.bellhop.server.job.Jobs;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes results and records that are older than their retention, or too much in all, in the background. */
final class Retention implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration PERIOD = Duration.ofMinutes(10);

    private final ExecutionRetention executions;
    private final Jobs jobs;
    private final AuditTrail audit;
    private final Retained retained;
    private final Clock clock;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("retention").factory());

    Retention(ExecutionRetention executions, Jobs jobs, AuditTrail audit, Retained retained, Clock clock) {
        this.executions = executions;
        this.jobs = jobs;
        this.audit = audit;
        this.retained = retained;
        this.clock = clock;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the scheduler is shut down, and tells its own failures.
    void start() {
        scheduler.scheduleWithFixedDelay(this::run, FIRST.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
    }

    private void run() {
        try {
            int old = executions.deleteFinishedBefore(clock.instant().minus(retained.age()));
            if (old > 0) {
                log.info(
                        "Deleted {} executions that finished more than {} days ago",
                        old,
                        retained.age().toDays());
            }
            int many = executions.deleteFinishedBeyond(retained.bytes());
            if (many > 0) {
                log.info("Deleted the oldest {} executions to keep at most {} bytes of output", many, retained.bytes());
            }
            int ended = jobs.deleteFinishedBefore(clock.instant().minus(retained.age()));
            if (ended > 0) {
                log.info(
                        "Deleted {} jobs that ended more than {} days ago",
                        ended,
                        retained.age().toDays());
            }
            long records = audit.removeBefore(clock.instant().minus(retained.audit()));
            if (records > 0) {
                log.info(
                        "Deleted {} records of the audit trail of more than {} days ago",
                        records,
                        retained.audit().toDays());
            }
        } catch (RuntimeException e) {
            log.error("Cannot delete old executions or records now; trying again in a while", e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
