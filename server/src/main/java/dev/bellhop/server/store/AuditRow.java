// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditStore.Stretch;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class AuditRow {
    static final String INSERT = """
            INSERT INTO audit (seq, at, action, door, outcome, key_id, account, certificate, address, request_id, vmid,
                execution_id, state, subject, status, code, count, previous, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;

    public static final String ENDS = "SELECT anchor_seq, anchor_hash, head_seq, head_hash FROM audit_ends";

    /** The last recorded number and the greatest existing one: a record inserted by hand is not overwritten. */
    private static final String HEAD = "SELECT head_seq, (SELECT max(seq) FROM audit), head_hash FROM audit_ends";

    private static final HexFormat HEX = HexFormat.of();

    private AuditRow() {}

    static @Nullable Object[] values(AuditRecord record) {
        return new @Nullable Object[] {
            record.seq(),
            record.at().toEpochMilli(),
            record.action(),
            record.door(),
            record.outcome(),
            record.keyId(),
            record.account(),
            record.certificate(),
            record.address(),
            record.requestId(),
            record.vmid(),
            record.executionId(),
            record.state(),
            record.subject(),
            record.status(),
            record.code(),
            record.count(),
            HEX.parseHex(record.previous()),
            HEX.parseHex(record.hash())
        };
    }

    public static AuditRecord read(ResultSet row) throws SQLException {
        return read(row, row.getLong("seq"), hex(row.getBytes("previous")), hex(row.getBytes("hash")));
    }

    /** Reads a row that has no place in the chain yet. */
    static AuditRecord read(ResultSet row, long seq, String previous, String hash) throws SQLException {
        return new AuditRecord(
                seq,
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("action"),
                Columns.isThere(row, "door") ? row.getString("door") : null,
                row.getString("outcome"),
                row.getString("key_id"),
                row.getString("account"),
                Columns.isThere(row, "certificate") ? row.getString("certificate") : null,
                row.getString("address"),
                row.getString("request_id"),
                Columns.number(row, "vmid"),
                row.getString("execution_id"),
                row.getString("state"),
                row.getString("subject"),
                Columns.smallNumber(row, "status"),
                row.getString("code"),
                Columns.number(row, "count"),
                previous,
                hash);
    }

    /** Reads both ends of the chain, without records. */
    public static Stretch readEnds(ResultSet row) throws SQLException {
        return new Stretch(
                new AuditMark(row.getLong("anchor_seq"), hex(row.getBytes("anchor_hash"))),
                new AuditMark(row.getLong("head_seq"), hex(row.getBytes("head_hash"))),
                List.of(),
                0);
    }

    /** Returns the mark that the next record follows. */
    static AuditMark head(WriteConnection connection) {
        @Nullable
        AuditMark head = connection.queryFirst(
                HEAD, row -> new AuditMark(Math.max(row.getLong(1), row.getLong(2)), hex(row.getBytes(3))));
        if (head == null) {
            throw new IllegalStateException("the ends of the audit trail are not in the database");
        }
        return head;
    }

    public static byte[] hash(AuditMark mark) {
        return HEX.parseHex(mark.hash());
    }

    public static String hex(byte[] hash) {
        return HEX.formatHex(hash);
    }
}
