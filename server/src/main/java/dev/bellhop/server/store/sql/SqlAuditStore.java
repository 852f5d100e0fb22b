// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.store.AuditRow;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

public final class SqlAuditStore implements AuditStore {
    /**
     * How many records one list scans: there is no index except the number, because another index would write one more
     * page in every commit.
     */
    private static final long LOOKED_AT = 10_000;

    /** How many records one step of an export scans; all of them may match. */
    private static final long EXPORTED = 1_000;

    private static final int REMOVED = 2_000;

    /** The age at which a count is refreshed. In a cluster, only one server counts regularly. */
    private static final Duration COUNT_AGE = Duration.ofMinutes(1);

    /** The maximum size of a record; most are half as large. */
    public static final int RECORD_BYTES = 704;

    /** The last of the oldest records before the first record that is too new. */
    private static final String LAST_OLD = """
            WITH oldest AS (SELECT seq, at FROM audit ORDER BY seq LIMIT ?)
            SELECT max(seq), count(*) FROM oldest
            WHERE seq < coalesce((SELECT min(seq) FROM oldest WHERE at >= ?), 9223372036854775807)
            """;

    private final SqlDatabase database;

    /** The number of records at the last count; negative before the first. */
    private final AtomicLong records = new AtomicLong(-1);

    private volatile long countedAt = System.nanoTime();

    public SqlAuditStore(SqlDatabase database) {
        this.database = database;
    }

    @Override
    public void add(AuditEntry entry) {
        database.audit().add(entry);
    }

    @Override
    public int waiting() {
        return database.audit().waiting();
    }

    @Override
    public CompletableFuture<Void> flush() {
        return database.change(connection -> {});
    }

    @Override
    public Stretch before(long before, AuditFilter filter, int limit) {
        return database.readSnapshotInTurn(TenantFilter.all(), connection -> {
            Stretch ends = ends(connection);
            long last = Math.min(before - 1, ends.head().seq());
            long first = Math.max(last - LOOKED_AT, ends.anchor().seq()) + 1;
            List<AuditRecord> found = select(connection, first, last, filter, "DESC LIMIT " + limit);
            long end = found.size() == limit ? found.getLast().seq() : first;
            return new Stretch(ends.anchor(), ends.head(), found, end);
        });
    }

    @Override
    public Stretch after(long after, AuditFilter filter) {
        return database.readSnapshotInTurn(TenantFilter.all(), connection -> {
            Stretch ends = ends(connection);
            long first = Math.max(after, ends.anchor().seq()) + 1;
            long last = first + EXPORTED - 1;
            return new Stretch(ends.anchor(), ends.head(), select(connection, first, last, filter, "ASC"), last);
        });
    }

    private static Stretch ends(ReadConnection connection) {
        return connection.queryOne(AuditRow.ENDS, AuditRow::readEnds);
    }

    private static List<AuditRecord> select(
            ReadConnection connection, long first, long last, AuditFilter filter, String order) {
        Where where = new Where()
                .and("seq BETWEEN ? AND ?", first, last)
                .andIf("at >= ?", filter.since() == null ? null : millis(filter.since()))
                .andIf("at < ?", filter.until() == null ? null : millis(filter.until()))
                .andIf("key_id = ?", filter.keyId())
                .andIf("vmid = ?", filter.vm() == null ? null : filter.vm().value())
                .andIf(
                        "outcome = ?",
                        filter.outcome() == null ? null : filter.outcome().wireName());
        if (filter.action() != null) {
            // Records of version 0.1 have the door as their action.
            where.and("(action = ? OR door = ?)", filter.action(), filter.action());
        }
        return connection.query(
                "SELECT * FROM audit" + where.sql() + " ORDER BY seq " + order, AuditRow::read, where.values());
    }

    /** Clamps times that are too far away for a number. */
    private static long millis(Instant time) {
        long most = Long.MAX_VALUE / 1000 - 1;
        return Math.clamp(time.getEpochSecond(), -most, most) * 1000 + time.getNano() / 1_000_000;
    }

    @Override
    public long bytes() {
        long known = records.get();
        boolean isOld = database.generations().isShared() && System.nanoTime() - countedAt > COUNT_AGE.toNanos();
        return (known < 0 || isOld ? count() : known) * RECORD_BYTES;
    }

    private long count() {
        Stretch ends = database.read(SqlAuditStore::ends);
        long count = ends.head().seq() - ends.anchor().seq();
        records.set(count);
        countedAt = System.nanoTime();
        return count;
    }

    @Override
    public CompletableFuture<Integer> removeBefore(Instant time, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        return database.write(connection -> {
            database.audit().lock(connection);
            long[] old = connection.queryFirst(
                    LAST_OLD, row -> new long[] {row.getLong(1), row.getLong(2)}, REMOVED, time.toEpochMilli());
            return old == null || old[1] == 0 ? 0 : removeTo(connection, old[0], (int) old[1], entry);
        });
    }

    @Override
    public CompletableFuture<Integer> removeBeyond(long bytes, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        long most = Math.max(1, bytes / RECORD_BYTES);
        if (count() <= most) {
            return CompletableFuture.completedFuture(0);
        }
        return database.write(connection -> {
            database.audit().lock(connection);
            Stretch now = connection.queryFirst(AuditRow.ENDS, AuditRow::readEnds);
            long beyond = now == null ? 0 : now.head().seq() - now.anchor().seq() - most;
            // Removes more than one record at a time, because each removal adds a record.
            int removed = (int) Math.min(REMOVED, beyond + most / 10);
            return now == null || beyond <= 0
                    ? 0
                    : removeTo(connection, now.anchor().seq() + removed, removed, entry);
        });
    }

    private int removeTo(
            WriteConnection connection, long seq, int count, BiFunction<AuditMark, Integer, AuditEntry> entry) {
        AuditMark anchor = connection.queryFirst(
                "SELECT seq, hash FROM audit WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
                row -> new AuditMark(row.getLong(1), AuditRow.hex(row.getBytes(2))),
                seq);
        if (anchor == null) {
            throw new IllegalStateException("the audit trail has no records up to " + seq);
        }
        database.audit().append(connection, List.of(entry.apply(anchor, count)));
        connection.execute(
                "UPDATE audit_ends SET anchor_seq = ?, anchor_hash = ? WHERE id = 1",
                anchor.seq(),
                AuditRow.hash(anchor));
        return connection.execute("DELETE FROM audit WHERE seq <= ?", anchor.seq());
    }
}
