// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries of the audit trail that wait in a table of the database until one server of a cluster appends them to the chain. If all
 * servers did so themselves, each transaction would wait for those of all others, to know where the chain ends.
 *
 * <p>They are appended as they are seen, in the order of their numbers. Whatever follows from a transaction begins after its COMMIT,
 * so it has greater numbers, and is not seen without it: the end of a request never comes before its beginning, whichever servers
 * wrote the two. Of transactions that ran at the same time, one with a smaller number may be seen later; either order is right.
 */
public final class PendingAudit {
    private static final String INSERT = """
            INSERT INTO audit_pending (at, action, door, outcome, key_id, account, certificate, address, request_id, vmid,
                execution_id, state, subject, status, code, count)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    /** In one statement, so that it takes away those alone that it has seen. */
    private static final String TAKE = """
            WITH taken AS (
                DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_pending ORDER BY id LIMIT ?) RETURNING *)
            SELECT * FROM taken ORDER BY id
            """;

    /** Appended in one transaction. */
    static final int MAX_ENTRIES = 1_000;

    private PendingAudit() {}

    /** Adds entries, in this order. */
    static void insert(WriteConnection connection, List<AuditEntry> entries) {
        entries.forEach(entry -> connection.executeLater(INSERT, values(entry)));
    }

    /** Those of a record, without what places it in the chain. */
    private static @Nullable Object[] values(AuditEntry entry) {
        @Nullable Object[] values = AuditRow.values(entry.after(AuditMark.START));
        return Arrays.copyOfRange(values, 1, values.length - 2);
    }

    /** Until the transaction ends nobody else appends to the chain, or removes from it. */
    public static void lockChain(WriteConnection connection) {
        connection.queryFirst("SELECT id FROM audit_ends FOR UPDATE", row -> row.getInt(1));
    }

    /** Appends some of those that wait to the chain, in a transaction that the caller ends. Says whether there may be more. */
    public static boolean append(WriteConnection connection) {
        lockChain(connection);
        AuditMark head = AuditRow.head(connection);
        List<AuditRecord> records = new ArrayList<>();
        for (AuditRecord pending :
                connection.query(TAKE, row -> AuditRow.read(row, 0, AuditMark.START.hash(), ""), MAX_ENTRIES)) {
            AuditRecord record = pending.after(head);
            records.add(record);
            head = record.mark();
        }
        if (!records.isEmpty()) {
            connection.executeEach(
                    AuditRow.INSERT, records.stream().map(AuditRow::values).toList());
            connection.execute(
                    "UPDATE audit_ends SET head_seq = ?, head_hash = ? WHERE id = 1", head.seq(), AuditRow.hash(head));
        }
        return records.size() == MAX_ENTRIES;
    }
}
