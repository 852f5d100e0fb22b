// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.Config.Retained;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.execution.engine.ExecutionRetention;
import dev.bellhop.server.operation.OperationRetention;
import dev.bellhop.server.recording.Recordings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes old results and records in the background: by age every ten minutes, beyond the size limit immediately,
 * recordings of terminals every minute. In a cluster, only one server at a time does this.
 */
final class Retention implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final long FIRST_SECONDS = 60;
    private static final long PERIOD_SECONDS = 600;
    private static final long AUDIT_PERIOD_SECONDS = 1;
    private static final long RECORDING_PERIOD_SECONDS = 60;

    /** Limit per account. */
    private static final int MAX_OPERATIONS = 10_000;

    private final ExecutionRetention executions;
    private final OperationRetention operations;
    private final Recordings recordings;
    private final AuditTrail audit;
    private final Retained retained;
    private final InstantSource clock;
    private final Optional<Shared> shared;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("retention").factory());
    /** Whether a check for room is already queued. */
    private final AtomicBoolean asked = new AtomicBoolean();
    /** Number of executions deleted for size and not logged yet. Guarded by the scheduler's one thread. */
    private long untold;

    Retention(
            ExecutionRetention executions,
            OperationRetention operations,
            Recordings recordings,
            AuditTrail audit,
            Retained retained,
            InstantSource clock,
            Optional<Shared> shared) {
        this.executions = executions;
        this.operations = operations;
        this.recordings = recordings;
        this.audit = audit;
        this.retained = retained;
        this.clock = clock;
        this.shared = shared;
    }

    /**
     * Additions for a cluster.
     *
     * @param isMine whether this server is the one that deletes
     */
    record Shared(BooleanSupplier isMine, QuotaRecount recount) {}

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.audit.limit", retained::auditBytes)
                .description("What the audit trail may take up in the database: audit.retentionBytes")
                .baseUnit("bytes")
                .register(registry);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the scheduler is shut down, and logs its own failures.
    void start() {
        executions.whenExceeded(this::askForRoom);
        askForRoom();
        scheduler.scheduleWithFixedDelay(
                () -> attemptIfMine(this::deleteOld), FIRST_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
        scheduler.scheduleWithFixedDelay(
                () -> attemptIfMine(this::shortenAudit), AUDIT_PERIOD_SECONDS, AUDIT_PERIOD_SECONDS, TimeUnit.SECONDS);
        scheduler.scheduleWithFixedDelay(
                () -> attemptIfMine(this::tidyRecordings),
                RECORDING_PERIOD_SECONDS,
                RECORDING_PERIOD_SECONDS,
                TimeUnit.SECONDS);
        shared.ifPresent(others -> scheduler.scheduleWithFixedDelay(
                () -> attempt(() -> countOthers(others)),
                QuotaRecount.PERIOD.toSeconds(),
                QuotaRecount.PERIOD.toSeconds(),
                TimeUnit.SECONDS));
    }

    private void countOthers(Shared others) {
        others.recount.attempt(QuotaRecount.PERIOD);
        if (isMine()) {
            makeRoom();
        }
    }

    private boolean isMine() {
        return shared.map(others -> others.isMine.getAsBoolean()).orElse(true);
    }

    private void attemptIfMine(Runnable work) {
        if (isMine()) {
            attempt(work);
        }
    }

    private void askForRoom() {
        if (!asked.getAndSet(true)) {
            try {
                scheduler.execute(() -> {
                    asked.set(false);
                    attempt(this::makeRoom);
                });
            } catch (RejectedExecutionException e) {
                // The server is stopping.
            }
        }
    }

    private void makeRoom() {
        if (isMine()) {
            untold += executions.deleteBeyondLimit();
        } else {
            // Shows threads that wait for room on this server that the other server has made some.
            shared.ifPresent(others -> others.recount.attempt(QuotaRecount.PERIOD_WHEN_EXCEEDED));
        }
    }

    private void deleteOld() {
        Instant now = clock.instant();
        long days = retained.age().toDays();
        int old = executions.deleteFinishedBefore(now.minus(retained.age()));
        if (old > 0) {
            log.info("Deleted {} executions that finished more than {} days ago", old, days);
        }
        // Again, in case the last attempt failed.
        untold += executions.deleteBeyondLimit();
        if (untold > 0) {
            log.info("Deleted the oldest {} executions to keep at most {} bytes of them", untold, retained.bytes());
            untold = 0;
        }
        int ended = operations.deleteFinishedBefore(now.minus(retained.age()))
                + operations.deleteFinishedBeyond(MAX_OPERATIONS);
        if (ended > 0) {
            log.info(
                    "Deleted {} operations older than {} days, or beyond the newest {} of an account",
                    ended,
                    days,
                    MAX_OPERATIONS);
        }
        long records = audit.removeBefore(now.minus(retained.audit()));
        if (records > 0) {
            log.info(
                    "Deleted {} audit records of more than {} days ago",
                    records,
                    retained.audit().toDays());
        }
    }

    private void tidyRecordings() {
        int abandoned = recordings.endAbandoned(false);
        if (abandoned > 0) {
            log.info("Ended the recordings of {} terminals whose servers ended before them", abandoned);
        }
        int deleted = recordings.deleteOld();
        if (deleted > 0) {
            log.info("Deleted {} recordings of terminals that are too old, or too much", deleted);
        }
    }

    private void shortenAudit() {
        long records = audit.removeBeyond(retained.auditBytes());
        if (records > 0) {
            log.warn("Deleted the oldest {} audit records to keep at most {} bytes", records, retained.auditBytes());
        }
    }

    private static void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            log.error("Cannot delete old executions or records now; trying again in a while", e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
