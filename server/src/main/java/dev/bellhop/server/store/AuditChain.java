// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The end of the audit trail: entries that wait to go with the next commit, and how they are added to the chain. Where the
 * chain ends is read in each transaction, so that one that is rolled back leaves nothing behind here. Thread safe, but for
 * what takes a connection, which is for the one thread that commits.
 */
final class AuditChain {
    /** The last record there should be, and the greatest number there is: one that somebody has put in is not written over. */
    private static final String HEAD = """
            SELECT max(head_seq, coalesce((SELECT max(seq) FROM audit), 0)), head_hash FROM audit_ends
            """;

    private final Queue<AuditEntry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Has an entry wait for the next commit. */
    void add(AuditEntry entry) {
        count.incrementAndGet();
        waiting.add(entry);
    }

    /** Has what this thread intends wait for the commit that it is about to ask for. */
    void addIntent() {
        AuditIntent.take().ifPresent(this::add);
    }

    int waiting() {
        return count.get();
    }

    /** Adds to the chain, in a transaction, all that waits; says how many. They wait until {@link #written}. */
    int write(WriteConnection connection) {
        List<AuditEntry> entries = List.copyOf(waiting);
        append(connection, entries);
        return entries.size();
    }

    /** The transaction in which so many were written is durable. */
    void written(int entries) {
        for (int i = 0; i < entries; i++) {
            waiting.remove();
        }
        count.addAndGet(-entries);
    }

    /** Adds entries to the chain, in a transaction. */
    void append(WriteConnection connection, List<AuditEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        AuditMark head = head(connection);
        for (AuditEntry entry : entries) {
            var record = entry.after(head);
            connection.execute(AuditRow.INSERT, AuditRow.values(record));
            head = record.mark();
        }
        connection.execute(
                "UPDATE audit_ends SET head_seq = ?, head_hash = ? WHERE id = 1", head.seq(), AuditRow.hash(head));
    }

    private static AuditMark head(WriteConnection connection) {
        @Nullable
        AuditMark head =
                connection.queryFirst(HEAD, row -> new AuditMark(row.getLong(1), AuditRow.hex(row.getBytes(2))));
        if (head == null) {
            throw new IllegalStateException("the ends of the audit trail are not in the database");
        }
        return head;
    }
}
