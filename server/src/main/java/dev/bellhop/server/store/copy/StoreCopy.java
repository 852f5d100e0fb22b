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
 * Copies everything from one database into another, byte by byte. Nothing is decrypted, so it needs no keys, and
 * encrypted values stay bound to their rows. Both databases have the tables of this version.
 */
public final class StoreCopy {
    /** A table in an incomplete copy: no server uses a database with this table. */
    public static final String UNFINISHED = "unfinished_copy";

    /** Tables about the database itself or about the servers that use it. */
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

    /** Called occasionally with the number of copied rows of a table. */
    @FunctionalInterface
    public interface Progress {
        void copied(String table, long rows, long of);
    }

    /**
     * The result of a copy.
     *
     * @param rows by table name
     * @param audit the check of the audit trail in the copy
     */
    public record Copied(SortedMap<String, Long> rows, AuditReport audit) {}

    /**
     * Copies and counts the rows, and checks the audit trail of the copy. The copy is usable even if the trail was
     * tampered with.
     *
     * @throws IOException if the copy fails, with a message for a person; then no server uses the target
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

    /**
     * Returns the number of rows of each table that both databases have. A table or column that only one of them has is
     * unused.
     */
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

    /** Resets the record number of SQLite's log, which is meaningless in another file. */
    private void forgetLog() throws SQLException {
        try (Statement statement = target.connection().createStatement()) {
            statement.executeUpdate("UPDATE audit_ends SET base_seq = 0");
            target.connection().commit();
        }
    }
}
