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
 * The end of the audit trail, for one server that adds to it: entries that wait to go with the next commit, and how they are added to the chain. A
 * transaction calls {@link #begin}, {@link #append} as often as it likes and {@link #finish}, and after its commit {@link
 * #committed}. Where the chain ends is remembered from one commit to the next, and read after a transaction that was rolled
 * back. In a cluster entries go into {@link PendingAudit} instead. Adding and waiting are thread safe; the rest is for whoever
 * commits, one at a time.
 */
public final class AuditChain {
    private final boolean isShared;
    private final Queue<AuditEntry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Where the last commit left the chain; absent where that is to be read. */
    private @Nullable AuditMark committed;
    /** The same as this transaction found it, and as it leaves it. */
    private @Nullable AuditMark began;

    private @Nullable AuditMark end;
    /** Up to which record all is in the database file itself; so much it has to have for its log to belong to it. */
    private long base;

    private List<AuditEntry> taken = List.of();

    /** @param isShared whether other servers add to the trail, too */
    AuditChain(boolean isShared) {
        this.isShared = isShared;
    }

    /** Has an entry wait for the next commit. */
    public void add(AuditEntry entry) {
        count.incrementAndGet();
        waiting.add(entry);
    }

    /** Has what this thread intends wait for the commit that it is about to ask for. */
    public void addIntent() {
        AuditIntent.take().ifPresent(this::add);
    }

    public int waiting() {
        return count.get();
    }

    /** Begins a transaction with all that waits, which goes on waiting until {@link #committed}. */
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

    /** To be called before something is removed from the chain: keeps other servers from it until the transaction ends. */
    public void lock(WriteConnection connection) {
        if (isShared) {
            PendingAudit.lockChain(connection);
        }
    }

    /** The last thing that a transaction does: it stores where the chain ends now. */
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
     * The transaction is durable.
     *
     * @param isFirstInLog whether it is the first one in a log that was begun anew, so that all before it is in the file
     */
    public void committed(boolean isFirstInLog) {
        if (isFirstInLog && began != null) {
            base = began.seq();
        }
        committed = end;
        drop(taken.size());
    }

    /** How many of those that wait go with this transaction. */
    int taken() {
        return taken.size();
    }

    /** Has the first ones that wait, which are in the trail, wait no longer. */
    void drop(int entries) {
        for (int i = 0; i < entries; i++) {
            waiting.remove();
        }
        count.addAndGet(-entries);
    }

    /**
     * Has the next transaction read where the chain ends. Says whether that is worth another try of the one that has failed:
     * it relied on memory, and somebody may have put a record in by hand where its own were to go.
     */
    public boolean forget() {
        boolean remembered = began != null;
        began = null;
        committed = null;
        return remembered;
    }
}
