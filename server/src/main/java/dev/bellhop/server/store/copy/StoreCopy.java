// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.store.AuditCheck;
import dev.bellhop.server.store.copy.TableCopy.NoPlaceException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Copies everything from one database into another, byte by byte: nothing is decrypted, so that it needs no keys, and what binds
 * contents to their rows holds in the copy. Both have the tables of this version.
 */
public final class StoreCopy {
    /** What a target of a copy has until all is there: no server uses a database with such a table. */
    public static final String UNFINISHED = "unfinished_copy";

    /** What databases keep of themselves and of the servers that use them. */
    private static final Set<String> OWN =
            Set.of("flyway_schema_history", "server_run", "writers", "duties", "generations", UNFINISHED);

    private final CopySource source;
    private final CopyTarget target;
    private final Progress progress;
    private String step = "looking at its tables";

    private StoreCopy(CopySource source, CopyTarget target, Progress progress) {
        this.source = source;
        this.target = target;
        this.progress = progress;
    }

    /** Told now and then how many rows of a table are copied. */
    @FunctionalInterface
    public interface Progress {
        void copied(String table, long rows, long of);
    }

    /**
     * What was copied.
     *
     * @param rows by the names of their tables
     * @param audit what the audit trail looks like in the copy
     */
    public record Copied(SortedMap<String, Long> rows, AuditReport audit) {}

    /**
     * Copies, counts what is there, and checks the audit trail of the copy, which is usable then even if somebody has tampered
     * with the trail.
     *
     * @throws IOException if it cannot be done, with a message for a person; then no server uses the target
     */
    public static Copied run(CopySource source, CopyTarget target, Progress progress) throws IOException {
        StoreCopy copy = new StoreCopy(source, target, progress);
        try {
            return copy.run();
        } catch (NoPlaceException e) {
            throw new IOException(
                    "Cannot copy " + source + " to " + target + " because there is no place in the copy for "
                            + e.getMessage() + ", which a cluster of servers has used",
                    e);
        } catch (SQLException e) {
            throw new IOException(
                    "Cannot copy " + source + " to " + target + " because " + copy.step + " failed: " + e.getMessage()
                            + "; the copy is incomplete, and no server starts with it. Run this again, it starts over",
                    e);
        }
    }

    private Copied run() throws IOException, SQLException, NoPlaceException {
        SortedMap<String, Long> rows = counts();
        step = "emptying the copy";
        target.begin(rows.keySet());
        for (var table : rows.entrySet()) {
            step = "copying the table " + table.getKey();
            table(table.getKey()).run(copied -> progress.copied(table.getKey(), copied, table.getValue()));
        }
        step = "checking the copy";
        forgetLog();
        for (var table : rows.entrySet()) {
            long there = TableCopy.count(target.connection(), table.getKey());
            if (there != table.getValue()) {
                throw new SQLException(
                        "of " + table.getValue() + " rows of " + table.getKey() + ", " + there + " are in the copy");
            }
        }
        AuditReport audit = AuditCheck.verify(target.connection(), null);
        target.connection().commit();
        step = "finishing the copy";
        target.complete();
        return new Copied(rows, audit);
    }

    private TableCopy table(String name) {
        return new TableCopy(source.connection(), target.connection(), name);
    }

    /** How many rows each table has that both databases have. A table, or a column, that one of them has for itself is unused. */
    private SortedMap<String, Long> counts() throws SQLException, NoPlaceException {
        SortedMap<String, Long> counts = new TreeMap<>();
        SortedSet<String> there = tables(target.connection());
        for (String table : tables(source.connection())) {
            long rows = TableCopy.count(source.connection(), table);
            if (there.contains(table)) {
                var _ = table(table).columns();
                counts.put(table, rows);
            } else if (rows > 0) {
                throw new NoPlaceException(table);
            }
        }
        return counts;
    }

    private static SortedSet<String> tables(Connection connection) throws SQLException {
        SortedSet<String> tables = new TreeSet<>();
        try (ResultSet rows =
                connection.getMetaData().getTables(null, connection.getSchema(), "%", new String[] {"TABLE"})) {
            while (rows.next()) {
                tables.add(rows.getString("TABLE_NAME"));
            }
        }
        tables.removeAll(OWN);
        return tables;
    }

    /** Which records SQLite's log had when it was begun means nothing to another file. */
    private void forgetLog() throws SQLException {
        try (Statement statement = target.connection().createStatement()) {
            statement.executeUpdate("UPDATE audit_ends SET base_seq = 0");
            target.connection().commit();
        }
    }
}
