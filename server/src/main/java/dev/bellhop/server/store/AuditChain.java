// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The end of the audit trail for one server: the entries that wait for the next commit, and the code that adds them to
 * the chain. A transaction calls {@link #begin}, {@link #append} any number of times and {@link #finish}; after its
 * commit comes {@link #committed}. The end of the chain is remembered between commits, and read again after a rollback.
 * In a cluster, entries go to {@link PendingAudit} instead. Adding and waiting are thread safe; all other methods are
 * for the committing thread, one at a time.
 */
public final class AuditChain {
    private final boolean isShared;
    private final Queue<AuditEntry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** The end of the chain after the last commit; absent if it must be read first. */
    private @Nullable AuditMark committed;
    /** The end of the chain when this transaction began. */
    private @Nullable AuditMark began;

    private @Nullable AuditMark end;
    /**
     * The database file itself holds all records up to this number. A file with fewer does not belong to the log beside
     * it.
     */
    private long base;

    private List<AuditEntry> taken = List.of();

    /** @param isShared whether other servers also add to the trail */
    AuditChain(boolean isShared) {
        this.isShared = isShared;
    }

    /** Queues an entry for the next commit. */
    public void add(AuditEntry entry) {
        count.incrementAndGet();
        waiting.add(entry);
    }

    /** Queues this thread's audit intent for the commit that it is about to request. */
    public void addIntent() {
        AuditIntent.take().ifPresent(this::add);
    }

    public int waiting() {
        return count.get();
    }

    /** Begins a transaction with all waiting entries. They stay queued until {@link #committed}. */
    public void begin(WriteConnection connection) {
        end = committed;
        began = committed;
        committed = null;
        taken = List.copyOf(waiting);
        append(connection, taken);
    }

    public void append(WriteConnection connection, List<AuditEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        if (isShared) {
            PendingAudit.insert(connection, entries);
            return;
        }
        AuditMark head = end == null ? AuditRow.head(connection) : end;
        List<@Nullable Object[]> rows = new ArrayList<>(entries.size());
        for (AuditEntry entry : entries) {
            var record = entry.after(head);
            rows.add(AuditRow.values(record));
            head = record.mark();
        }
        connection.executeEach(AuditRow.INSERT, rows);
        end = head;
    }

    /**
     * Keeps other servers from changing the chain until the transaction ends. Must be called before records are
     * removed.
     */
    public void lock(WriteConnection connection) {
        if (isShared) {
            PendingAudit.lockChain(connection);
        }
    }

    /** Stores the new end of the chain. Must be the last step of a transaction. */
    public void finish(WriteConnection connection) {
        if (end != null && !end.equals(began)) {
            connection.execute(
                    "UPDATE audit_ends SET head_seq = ?, head_hash = ?,"
                            + " base_seq = CASE WHEN base_seq < ? THEN ? ELSE base_seq END WHERE id = 1",
                    end.seq(),
                    AuditRow.hash(end),
                    base,
                    base);
        }
    }

    /**
     * Records that the transaction is durable.
     *
     * @param isFirstInLog whether it is the first transaction since SQLite restarted its log, when everything before it
     *     is in the file
     */
    public void committed(boolean isFirstInLog) {
        if (isFirstInLog && began != null) {
            base = began.seq();
        }
        committed = end;
        drop(taken.size());
    }

    /** Returns the number of waiting entries in this transaction. */
    int taken() {
        return taken.size();
    }

    /** Removes the first waiting entries, which are now in the trail. */
    void drop(int entries) {
        for (int i = 0; i < entries; i++) {
            waiting.remove();
        }
        count.addAndGet(-entries);
    }

    /**
     * Makes the next transaction read the end of the chain. Returns whether a retry of the failed transaction is
     * worthwhile: it relied on the remembered end, and someone may have inserted a record by hand at that position.
     */
    public boolean forget() {
        boolean remembered = began != null;
        began = null;
        committed = null;
        return remembered;
    }
}
