// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The audit trail in memory. It passes the contract of all stores. The other stores in memory write through it: what waits here
 * is recorded with whatever they write next, as in a database.
 */
public class MemoryAuditStore implements AuditStore {
    /** What one record counts for in {@link #removeBeyond}. */
    static final int RECORD_BYTES = 512;

    /** All guarded by this. */
    private final Queue<AuditEntry> waiting = new ArrayDeque<>();

    private final List<AuditRecord> records = new ArrayList<>();
    private AuditMark anchor = AuditMark.START;
    private AuditMark head = AuditMark.START;

    /**
     * Makes a change and records what waits, the intent of this thread included: both or neither.
     *
     * @param change throws before it has changed anything, or not at all; what it {@link #add adds} is recorded with it
     */
    public synchronized <T> CompletableFuture<T> write(Supplier<T> change) {
        AuditIntent.take().ifPresent(this::add);
        try {
            T result = change.get();
            waiting.forEach(this::append);
            waiting.clear();
            return CompletableFuture.completedFuture(result);
        } catch (BellhopException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** As the other, of a change that answers nothing. */
    public CompletableFuture<Void> change(Runnable change) {
        return write(() -> {
                    change.run();
                    return true;
                })
                .thenAccept(done -> {});
    }

    /** What a store says where a change cannot be made because of an id. */
    public static void require(boolean possible) {
        if (!possible) {
            throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because of its id");
        }
    }

    private void append(AuditEntry entry) {
        AuditRecord record = entry.after(head);
        records.add(record);
        head = record.mark();
    }

    @Override
    public synchronized void add(AuditEntry entry) {
        waiting.add(entry);
    }

    @Override
    public synchronized int waiting() {
        return waiting.size();
    }

    @Override
    public synchronized long bytes() {
        return (long) records.size() * RECORD_BYTES;
    }

    @Override
    public CompletableFuture<Void> flush() {
        return change(() -> {});
    }

    @Override
    public synchronized Stretch before(long before, AuditFilter filter, int limit) {
        List<AuditRecord> found = records.reversed().stream()
                .filter(record -> record.seq() < before && matches(filter, record))
                .limit(limit)
                .toList();
        return new Stretch(
                anchor, head, found, found.size() == limit ? found.getLast().seq() : anchor.seq() + 1);
    }

    @Override
    public synchronized Stretch after(long after, AuditFilter filter) {
        List<AuditRecord> found = records.stream()
                .filter(record -> record.seq() > after && matches(filter, record))
                .toList();
        return new Stretch(anchor, head, found, Math.max(after, head.seq()));
    }

    private static boolean matches(AuditFilter filter, AuditRecord record) {
        return (filter.since() == null || !record.at().isBefore(filter.since()))
                && (filter.until() == null || record.at().isBefore(filter.until()))
                && (filter.keyId() == null || filter.keyId().equals(record.keyId()))
                && (filter.vm() == null || Long.valueOf(filter.vm().value()).equals(record.vmid()))
                && (filter.action() == null
                        || filter.action().equals(record.action())
                        || filter.action().equals(record.door()))
                && (filter.outcome() == null || filter.outcome().wireName().equals(record.outcome()));
    }

    @Override
    public synchronized CompletableFuture<Integer> removeBefore(
            Instant time, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        int old = 0;
        while (old < records.size() && records.get(old).at().isBefore(time)) {
            old++;
        }
        return remove(old, entry);
    }

    @Override
    public synchronized CompletableFuture<Integer> removeBeyond(
            long bytes, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        int most = (int) Math.max(1, bytes / RECORD_BYTES);
        int beyond = records.size() - most;
        return remove(beyond <= 0 ? 0 : beyond + most / 10, entry);
    }

    private CompletableFuture<Integer> remove(int oldest, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        if (oldest == 0) {
            return CompletableFuture.completedFuture(0);
        }
        return write(() -> {
            List<AuditRecord> removed = records.subList(0, oldest);
            anchor = removed.getLast().mark();
            removed.clear();
            add(entry.apply(anchor, oldest));
            return oldest;
        });
    }
}
