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
 * Counts and limits the size of executions in the store by tenant. The operator counts as one more account.
 *
 * <p>Finished executions can be deleted, so adding to them is always allowed. If the total exceeds the limit, the
 * account with the largest total loses its oldest executions. Unfinished executions cannot be deleted, so they are
 * limited when they are added. Half of the limit is shared first come, first served, and the other half is divided
 * evenly among the accounts. So the unfinished total stays below the limit, and each account has its share, whatever
 * the others do.
 *
 * <p>A write counts before it starts and until it is known to have failed. Sizes are the sizes of the pages in the
 * database, rounded up. Thread safe.
 */
public final class StorageQuota implements MeterBinder {
    /** The size of an execution's row and its index entries, without its command. */
    private static final long ROW_BYTES = 1024;

    /** The size of the row and index entries of a piece of output. */
    private static final long CHUNK_ROW_BYTES = 256;

    private static final long PAGE_BYTES = 4096;

    /** A larger value may have separate pages. */
    private static final long SMALL_BYTES = 500;

    private static final Duration WAIT_TIMEOUT = Duration.ofSeconds(5);

    private final long limit;
    private final long slack;
    private final IntSupplier accounts;

    /** Guarded by this, like the fields below except {@link #whenExceeded}. */
    private final Map<Tenant, Use> uses = new HashMap<>();

    private final Map<ExecutionId, Unfinished> unfinished = new HashMap<>();
    /** The number of recounts so far. The current recount may miss executions that began after it did. */
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

    /** One execution. Its start options are deleted from the store once it has started. */
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
     * Creates a quota.
     *
     * @param limit in bytes
     * @param accounts returns the number of accounts beside the operator
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

    /** Returns the size of an execution without its start options and output. */
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

    /** Starts a recount. Call it before reading the sizes for {@link #recounted}. */
    public synchronized void beginRecount() {
        recounts++;
    }

    /**
     * Replaces the counts with the stored sizes of all servers, as read since {@link #beginRecount}. Executions that
     * began since then stay counted. Executions of this server that ended or grew since then are counted correctly by
     * the next recount.
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

    /** The stored size of an unfinished execution. */
    public record Stored(Tenant tenant, long bytes, long optionsBytes) {}

    /** Sets the listener for an exceeded limit. It runs immediately on the thread that adds. */
    public void whenExceeded(Runnable listener) {
        whenExceeded = listener;
    }

    /** Counts an unfinished execution that an earlier server has stored. */
    public synchronized void found(ExecutionId id, Tenant tenant, long bytes, long optionsBytes) {
        add(id, new Unfinished(tenant, recounts, bytes, optionsBytes));
    }

    /** Counts more bytes of an account's finished executions. */
    public void foundFinished(Tenant tenant, long bytes) {
        countFinished(tenant, bytes);
    }

    /**
     * Counts a new execution before it is stored.
     *
     * @throws BellhopException {@code TOO_MUCH_STORED} if it would exceed the account's share; then it does not count
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

    /** Removes an execution that was not stored after all. */
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
     * Counts output before it is stored, or removes it (negative) if storing failed.
     *
     * @return the size to store for the execution, without its start options
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

    /** Removes the size of start options that are no longer stored. */
    public synchronized void delivered(ExecutionId id) {
        Unfinished execution = unfinished.get(id);
        if (execution != null && execution.optionsBytes > 0) {
            countUnfinished(execution.tenant, -execution.optionsBytes);
            execution.optionsBytes = 0;
            notifyAll();
        }
    }

    /** Marks an execution as finished. From now on it can be deleted. */
    public synchronized void finish(ExecutionId id) {
        Unfinished gone = remove(id);
        if (gone != null) {
            countFinished(gone.tenant, gone.bytes);
        }
    }

    /** Removes the size of finished executions that were deleted. */
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

    /** Returns the bytes that an account can still add to its unfinished executions. */
    public synchronized long room(Tenant tenant) {
        Use use = uses.get(tenant);
        long ofShare = share() - (use == null ? 0 : use.unfinished);
        return Math.max(0, Math.max(ofShare, limit / 2 - unfinishedBytes));
    }

    /** Returns the bytes that each account can keep, finished or not, whatever the others do. */
    public long share() {
        return limit / 2 / (accounts.getAsInt() + 1);
    }

    /**
     * Waits a few seconds at most until deletions have made up for additions. An account that keeps no more than its
     * {@link #share} does not wait for others.
     */
    public synchronized void awaitRoom(Tenant tenant) throws InterruptedException {
        Deadline end = Deadline.after(WAIT_TIMEOUT);
        while (excess() > slack && total(tenant) > share() && !end.hasPassed()) {
            TimeUnit.NANOSECONDS.timedWait(this, end.remainingNanos());
        }
    }

    /** Returns the bytes above the limit; negative if the total is below it. */
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

    /** Returns the accounts that have finished executions, sorted by their total size, largest first. */
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
