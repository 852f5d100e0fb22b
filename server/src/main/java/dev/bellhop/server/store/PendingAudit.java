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
 * Entries of the audit trail that wait in a table until one server of a cluster appends them to the chain. If each
 * server appended its own entries, each transaction would wait for the transactions of all others to learn the end of
 * the chain.
 *
 * <p>Visible entries are appended in the order of their numbers. Anything that follows from a transaction begins after
 * its COMMIT. So it has greater numbers and is never visible without that transaction: the end of a request cannot
 * precede its beginning, even if two servers wrote them. Among concurrent transactions, a smaller number can become
 * visible later; either order is right.
 */
public final class PendingAudit {
    private static final String INSERT = """
            INSERT INTO audit_pending (at, action, door, outcome, key_id, account, certificate, address, request_id, vmid,
                execution_id, state, subject, status, code, count)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    /** One statement, to delete only the entries that it returns. */
    private static final String TAKE = """
            WITH taken AS (
                DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_pending ORDER BY id LIMIT ?) RETURNING *)
            SELECT * FROM taken ORDER BY id
            """;

    /** The limit for one transaction. */
    static final int MAX_ENTRIES = 1_000;

    private PendingAudit() {}

    /** Adds entries, in this order. */
    static void insert(WriteConnection connection, List<AuditEntry> entries) {
        entries.forEach(entry -> connection.executeLater(INSERT, values(entry)));
    }

    /** Returns the values of a record without its place in the chain. */
    private static @Nullable Object[] values(AuditEntry entry) {
        @Nullable Object[] values = AuditRow.values(entry.after(AuditMark.START));
        return Arrays.copyOfRange(values, 1, values.length - 2);
    }

    /** Keeps all others from appending to the chain, or removing from it, until the transaction ends. */
    public static void lockChain(WriteConnection connection) {
        connection.queryFirst("SELECT id FROM audit_ends FOR UPDATE", row -> row.getInt(1));
    }

    /** Appends waiting entries to the chain in the caller's transaction. Returns whether there may be more. */
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
