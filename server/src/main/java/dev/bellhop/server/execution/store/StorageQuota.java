// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much executions take up in the store, by tenant, and how much they may. The operator counts as one more account.
 *
 * <p>What has finished can be deleted, so it may always be added to: where all of it together exceeds the limit, the account
 * that keeps the most loses its oldest. What has not finished cannot be deleted, so it is bounded when it is added: half of the
 * limit is there for whoever comes first, and the other half is divided evenly among the accounts. So all that is unfinished
 * stays below the limit, and each account has its share, whatever the others do.
 *
 * <p>What is about to be written counts before it is, and until it is known to have failed. The sizes are those of the pages that
 * it takes in the database, rounded up. Thread safe.
 */
public final class StorageQuota implements MeterBinder {
    /** An execution's row and its places in the indexes, without what it was asked to run. */
    private static final long ROW_BYTES = 1024;

    /** The same of a piece of output. */
    private static final long CHUNK_ROW_BYTES = 256;

    private static final long PAGE_BYTES = 4096;

    /** What is larger than this may have pages of its own. */
    private static final long SMALL_BYTES = 500;

    private static final Duration WAIT_TIMEOUT = Duration.ofSeconds(5);

    private final long limit;
    private final long slack;
    private final IntSupplier accounts;

    /** All guarded by this, but for the last. */
    private final Map<Tenant, Use> uses = new HashMap<>();

    private final Map<ExecutionId, Unfinished> unfinished = new HashMap<>();
    /** How often all was counted anew; what was begun since the last time may be unknown to who counts. */
    private long recounts;

    private long finishedBytes;
    private long unfinishedBytes;
    private volatile Runnable whenExceeded = () -> {};

    private static final class Use {
        private long finished;
        private long unfinished;

        long total() {
            return finished + unfinished;
        }
    }

    /** One execution; what it takes to start it is no longer stored once it has started. */
    private static final class Unfinished {
        private final Tenant tenant;
        private final long since;
        private long bytes;
        private long optionsBytes;

        Unfinished(Tenant tenant, long since, long bytes, long optionsBytes) {
            this.tenant = tenant;
            this.since = since;
            this.bytes = bytes;
            this.optionsBytes = optionsBytes;
        }

        long total() {
            return bytes + optionsBytes;
        }
    }

    /**
     * One with a limit.
     *
     * @param accounts how many accounts there are beside the operator
     */
    public StorageQuota(long limit, IntSupplier accounts) {
        this.limit = limit;
        this.slack = Math.clamp(limit / 16, 1 << 20, 64 << 20);
        this.accounts = accounts;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.store.executions", this::total)
                .description("What executions take up in the database, as their limit counts it")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("bellhop.store.executions.limit", () -> limit)
                .description("What executions may take up in the database: retentionBytes")
                .baseUnit("bytes")
                .register(registry);
    }

    /** What an execution takes up without what goes when it starts, and without its output. */
    public static long executionBytes(long command, long secretEnv, long labels) {
        return ROW_BYTES + pages(command + secretEnv) + 4 * labels;
    }

    public static long optionsBytes(long bytes) {
        return pages(bytes);
    }

    public static long chunkBytes(long bytes) {
        return CHUNK_ROW_BYTES + pages(bytes);
    }

    private static long pages(long bytes) {
        return bytes <= SMALL_BYTES ? bytes : (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }

    /** To be called before all is read for {@link #recounted}. */
    public synchronized void beginRecount() {
        recounts++;
    }

    /**
     * Takes what all servers have stored for what is counted here, which is what this server has stored and what others had, when
     * that was read last. What this server finished or added to meanwhile is counted right the next time.
     */
    public synchronized void recounted(Map<ExecutionId, Stored> stored, Map<Tenant, Long> finished) {
        Map<ExecutionId, Unfinished> begunMeanwhile = new HashMap<>(unfinished);
        begunMeanwhile.values().removeIf(execution -> execution.since < recounts);
        begunMeanwhile.keySet().removeAll(stored.keySet());
        uses.clear();
        unfinished.clear();
        finishedBytes = 0;
        unfinishedBytes = 0;
        stored.forEach((id, size) -> add(id, new Unfinished(size.tenant, 0, size.bytes, size.optionsBytes)));
        begunMeanwhile.forEach(this::add);
        finished.forEach(this::countFinished);
    }

    /** What is stored of an execution that has not finished. */
    public record Stored(Tenant tenant, long bytes, long optionsBytes) {}

    /** Who is to be told, at once and on the thread that adds, when there is more than the limit. */
    public void whenExceeded(Runnable listener) {
        whenExceeded = listener;
    }

    /** What an earlier server has stored of an execution that has not finished. */
    public synchronized void found(ExecutionId id, Tenant tenant, long bytes, long optionsBytes) {
        add(id, new Unfinished(tenant, recounts, bytes, optionsBytes));
    }

    /** What is stored of an account's executions that have finished, beside what is counted already. */
    public void foundFinished(Tenant tenant, long bytes) {
        countFinished(tenant, bytes);
    }

    /**
     * A new execution is about to be stored.
     *
     * @throws BellhopException {@code TOO_MUCH_STORED} where that would exceed the account's share; then it does not count
     */
    public void begin(ExecutionId id, Tenant tenant, long bytes, long optionsBytes) {
        synchronized (this) {
            if (room(tenant) < bytes + optionsBytes) {
                throw new BellhopException(
                        ErrorCode.TOO_MUCH_STORED,
                        "Cannot start one more command because those of this account that wait or run take up its share of the"
                                + " server's storage; try again when some have ended, or cancel some",
                        null,
                        1);
            }
            add(id, new Unfinished(tenant, recounts, bytes, optionsBytes));
        }
        tellIfExceeded();
    }

    private void tellIfExceeded() {
        if (excess() > 0) {
            whenExceeded.run();
        }
    }

    private void add(ExecutionId id, Unfinished execution) {
        Unfinished before = unfinished.put(id, execution);
        if (before != null) {
            countUnfinished(before.tenant, -before.total());
        }
        countUnfinished(execution.tenant, execution.total());
    }

    /** It was not stored after all. */
    public synchronized void cancelBegin(ExecutionId id) {
        remove(id);
    }

    private @Nullable Unfinished remove(ExecutionId id) {
        Unfinished gone = unfinished.remove(id);
        if (gone != null) {
            countUnfinished(gone.tenant, -gone.total());
        }
        return gone;
    }

    /**
     * So much output is about to be stored of an execution; less than nothing where that failed.
     *
     * @return what is to be stored as its size, from now on without what it took to start it
     */
    public long grow(ExecutionId id, Tenant tenant, long output) {
        long size;
        synchronized (this) {
            Unfinished execution = unfinished.get(id);
            if (execution == null) {
                execution = new Unfinished(tenant, recounts, ROW_BYTES, 0);
                add(id, execution);
            }
            execution.bytes += output;
            countUnfinished(execution.tenant, output);
            size = execution.bytes;
        }
        tellIfExceeded();
        return size;
    }

    /** What it took to start an execution is no longer stored. */
    public synchronized void delivered(ExecutionId id) {
        Unfinished execution = unfinished.get(id);
        if (execution != null && execution.optionsBytes > 0) {
            countUnfinished(execution.tenant, -execution.optionsBytes);
            execution.optionsBytes = 0;
            notifyAll();
        }
    }

    /** The end of an execution is stored: from now on it can be deleted. */
    public synchronized void finish(ExecutionId id) {
        Unfinished gone = remove(id);
        if (gone != null) {
            countFinished(gone.tenant, gone.bytes);
        }
    }

    /** Some that had finished were deleted. */
    public void deleted(Tenant tenant, long bytes) {
        countFinished(tenant, -bytes);
    }

    private synchronized void countFinished(Tenant tenant, long bytes) {
        finishedBytes += bytes;
        Use use = use(tenant);
        use.finished += bytes;
        forget(tenant, use);
        notifyAll();
    }

    private void countUnfinished(Tenant tenant, long bytes) {
        unfinishedBytes += bytes;
        Use use = use(tenant);
        use.unfinished += bytes;
        forget(tenant, use);
    }

    private Use use(Tenant tenant) {
        return uses.computeIfAbsent(tenant, name -> new Use());
    }

    private void forget(Tenant tenant, Use use) {
        if (use.finished == 0 && use.unfinished == 0) {
            uses.remove(tenant);
        }
    }

    /** How much more an account may have stored of what has not finished. */
    public synchronized long room(Tenant tenant) {
        Use use = uses.get(tenant);
        long ofShare = share() - (use == null ? 0 : use.unfinished);
        return Math.max(0, Math.max(ofShare, limit / 2 - unfinishedBytes));
    }

    /** What each account may keep, finished or not, whatever the others do. */
    public long share() {
        return limit / 2 / (accounts.getAsInt() + 1);
    }

    /**
     * Waits, for seconds at most, until what was deleted has made up for what was added. Who keeps no more than the share of each
     * account does not wait for others.
     */
    public synchronized void awaitRoom(Tenant tenant) throws InterruptedException {
        Deadline end = Deadline.after(WAIT_TIMEOUT);
        while (excess() > slack && total(tenant) > share() && !end.hasPassed()) {
            TimeUnit.NANOSECONDS.timedWait(this, end.remainingNanos());
        }
    }

    /** By how much the limit is exceeded; negative where it is not. */
    public long excess() {
        return total() - limit;
    }

    public synchronized long total() {
        return finishedBytes + unfinishedBytes;
    }

    public synchronized long total(Tenant tenant) {
        Use use = uses.get(tenant);
        return use == null ? 0 : use.total();
    }

    /** Accounts that have something finished, those that take up the most first. */
    public synchronized List<Holder> holders() {
        List<Holder> holders = new ArrayList<>();
        uses.forEach((tenant, use) -> {
            if (use.finished > 0) {
                holders.add(new Holder(tenant, use.total()));
            }
        });
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed());
        return holders;
    }

    public record Holder(Tenant tenant, long bytes) {}
}
