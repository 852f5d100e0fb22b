// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records which key did what.
 *
 * <p>An entry is written with the store's next write, or after a second, so recording costs a request no extra write.
 * The data that a request stores reaches the disk together with its {@link AuditIntent}, and not before it.
 *
 * <p>An action that cannot be recorded is not performed: if too many entries wait because the store fails, requests are
 * refused. Thread safe.
 */
public final class AuditTrail implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditTrail.class);

    private static final int MAX_WAITING = 10_000;

    /**
     * From this number on, entries are written without waiting for a second to pass, so no commit has to write too
     * many.
     */
    private static final int MANY_WAITING = 200;

    private static final Duration AGAIN_AFTER = Duration.ofHours(1);
    private static final long MAX_REMEMBERED = 20_000;

    /** After a failed flush, one in this many seconds tries again. */
    private static final int SKIPPED_AFTER_FAILURE = 10;

    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

    private final AuditStore store;
    private final Clock clock;
    private final RefusalSummary refusals = new RefusalSummary();
    private final Cache<Repeated, Boolean> repeated = Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(AGAIN_AFTER)
            // Handing maintenance to another thread costs more than doing it here.
            .executor(Runnable::run)
            .build();
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, Thread.ofVirtual().name("audit").factory());
    private volatile AuditMark logged = AuditMark.START;

    /** Guarded by this, as is {@code skipped}. */
    private CompletableFuture<Void> flushed = CompletableFuture.completedFuture(null);

    private int skipped;

    /** An action that is recorded only once in a while, however often it happens. */
    private record Repeated(String keyId, String action, String executionId) {}

    public AuditTrail(AuditStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Records the start of the server and starts the periodic work. */
    @SuppressWarnings("FutureReturnValueIgnored") // All run until the timer is shut down.
    public void start() {
        add(new AuditEntry(now(), AuditRecord.SERVER_START, Outcome.DONE));
        timer.scheduleWithFixedDelay(this::flush, 1, 1, TimeUnit.SECONDS);
        timer.scheduleWithFixedDelay(this::summarise, 1, 1, TimeUnit.MINUTES);
        timer.scheduleWithFixedDelay(this::logHead, 0, 1, TimeUnit.HOURS);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.audit.backlog", store::waiting)
                .description("Audit records that are not written yet; requests are refused at " + MAX_WAITING)
                .register(registry);
        Gauge.builder("bellhop.audit.size", store::bytes)
                .description("What the audit trail takes up in the database, as its limit counts it")
                .baseUnit("bytes")
                .register(registry);
    }

    public Instant now() {
        return clock.instant();
    }

    public void add(AuditEntry entry) {
        store.add(entry);
        if (store.waiting() == MANY_WAITING) {
            flush();
        }
    }

    /**
     * Records that a request with a valid key was refused or failed, or only counts it if the key has had many
     * refusals.
     */
    public void addRefusal(AuditEntry refusal) {
        if (refusals.isSingle(refusal)) {
            add(refusal);
        }
    }

    /**
     * Counts a refused request without a valid key.
     *
     * @param address the source, as precisely as callers are distinguished
     */
    public void countRefusal(@Nullable String address, @Nullable String code) {
        refusals.countFrom(address, code);
    }

    /** Returns whether this must be recorded, because it was not recorded within the last hour. */
    public boolean isNews(String keyId, String action, String executionId) {
        Repeated key = new Repeated(keyId, action, executionId);
        return repeated.getIfPresent(key) == null && repeated.asMap().putIfAbsent(key, true) == null;
    }

    /**
     * Ensures that the next action can be recorded.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    public void requireRoom() {
        if (store.waiting() >= MAX_WAITING) {
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "Cannot serve this because it cannot be recorded in the audit trail now");
        }
    }

    public AuditStore.Stretch before(long before, AuditFilter filter, int limit) {
        return store.before(before, filter, limit);
    }

    public AuditStore.Stretch after(long after, AuditFilter filter) {
        return store.after(after, filter);
    }

    /** Makes all added entries durable; returns when that is done or has failed for now. */
    public void settle() {
        if (store.waiting() == 0) {
            return;
        }
        try {
            Writes.await(store.flush(), FLUSH_TIMEOUT);
        } catch (BellhopException e) {
            log.warn("Some records of the audit trail cannot be written now and wait; see the store's failure");
        }
    }

    /** Removes all records older than this time; returns their number. */
    public long removeBefore(Instant time) {
        return remove(() -> store.removeBefore(time, this::pruned));
    }

    /** Removes the oldest records until the trail is not larger than this; returns the number of removed records. */
    public long removeBeyond(long bytes) {
        return remove(() -> store.removeBeyond(bytes, this::pruned));
    }

    private static long remove(Supplier<CompletableFuture<Integer>> removal) {
        return Stream.generate(() -> Writes.await(removal.get()))
                .takeWhile(some -> some > 0)
                .mapToLong(some -> some)
                .sum();
    }

    private AuditEntry pruned(AuditMark anchor, int records) {
        return new AuditEntry(now(), AuditRecord.PRUNE, Outcome.DONE)
                .about(anchor.text())
                .times(records);
    }

    public AuditMark head() {
        return store.before(Long.MAX_VALUE, AuditFilter.ALL, 1).head();
    }

    /** Flushes waiting entries, one flush at a time, and less often after a failure, which the store has logged. */
    synchronized void flush() {
        boolean pauses = flushed.isCompletedExceptionally() && ++skipped % SKIPPED_AFTER_FAILURE != 0;
        if (store.waiting() > 0 && flushed.isDone() && !pauses) {
            flushed = store.flush();
        }
    }

    void summarise() {
        if (store.waiting() < MAX_WAITING) {
            refusals.take(now()).forEach(this::add);
        }
    }

    /** Records the stop of the server. */
    @Override
    public void close() {
        timer.shutdownNow();
        summarise();
        add(new AuditEntry(now(), AuditRecord.SERVER_STOP, Outcome.DONE));
        settle();
        logHead();
    }

    /** Logs the head of the trail, to have a copy outside the database. */
    public void logHead() {
        try {
            AuditMark head = head();
            if (!head.equals(logged)) {
                logged = head;
                log.info("The head of the audit trail is {}", head.text());
            }
        } catch (BellhopException e) {
            log.warn("Cannot read the head of the audit trail now");
        }
    }
}
