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
 * Takes note of what is done, and by whom.
 *
 * <p>An entry is added with whatever the store writes next, or after a second, so that recording costs a request no write of
 * its own. What a request stores goes to the disk together with its {@link AuditIntent}, and not before it.
 *
 * <p>What cannot be recorded is not done: where too much waits because the store fails, requests are refused. Thread safe.
 */
public final class AuditTrail implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditTrail.class);

    private static final int MAX_WAITING = 10_000;

    /** More than this do not wait for a second to pass, so that no commit has to write many at once. */
    private static final int MANY_WAITING = 200;

    private static final Duration AGAIN_AFTER = Duration.ofHours(1);
    private static final long MAX_REMEMBERED = 20_000;

    /** Of the seconds after a flush that failed, one in so many sees another. */
    private static final int SKIPPED_AFTER_FAILURE = 10;

    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

    private final AuditStore store;
    private final Clock clock;
    private final RefusalSummary refusals = new RefusalSummary();
    private final Cache<Repeated, Boolean> repeated = Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(AGAIN_AFTER)
            // Handing that over costs more than to do it.
            .executor(Runnable::run)
            .build();
    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, Thread.ofVirtual().name("audit").factory());
    private volatile AuditMark logged = AuditMark.START;

    /** Both guarded by this. */
    private CompletableFuture<Void> flushed = CompletableFuture.completedFuture(null);

    private int skipped;

    /** What is recorded once in a while, however often it is done. */
    private record Repeated(String keyId, String action, String executionId) {}

    public AuditTrail(AuditStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Begins with the record that the server starts. */
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

    /** Adds that a request with a valid key was refused or failed, or counts it where that key has had many. */
    public void addRefusal(AuditEntry refusal) {
        if (refusals.isSingle(refusal)) {
            add(refusal);
        }
    }

    /**
     * Counts a request without a valid key that was refused.
     *
     * @param address where it came from, as far as callers are told apart
     */
    public void countRefusal(@Nullable String address, @Nullable String code) {
        refusals.countFrom(address, code);
    }

    /** Whether this is to be recorded, as it was not within the last hour. */
    public boolean isNews(String keyId, String action, String executionId) {
        Repeated key = new Repeated(keyId, action, executionId);
        return repeated.getIfPresent(key) == null && repeated.asMap().putIfAbsent(key, true) == null;
    }

    /**
     * Makes sure that what is done next can be recorded.
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

    /** Makes what was added durable, and returns then, or when that does not work now. */
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

    /** Removes the oldest records, those of before this time, and says how many. */
    public long removeBefore(Instant time) {
        return remove(() -> store.removeBefore(time, this::pruned));
    }

    /** Removes the oldest records as long as all take up more than so many bytes, and says how many. */
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

    /** One at a time, and more seldom where the last one failed, which the store has logged. */
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

    /** Ends with the record that the server stops. */
    @Override
    public void close() {
        timer.shutdownNow();
        summarise();
        add(new AuditEntry(now(), AuditRecord.SERVER_STOP, Outcome.DONE));
        settle();
        logHead();
    }

    /** Leaves word outside of the database of where the trail stands. */
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
