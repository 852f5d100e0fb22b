// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Copies the rows of one table unchanged: encrypted values stay encrypted and bound to their row. Column types can
 * differ between databases, such as a number for a boolean.
 */
final class TableCopy {
    /** A row may have megabytes. */
    private static final int FETCHED_ROWS = 20;

    /** Limits a batch, which is sent and committed together, by rows and by bytes. */
    private static final int BATCH_ROWS = 1000;

    private static final int BATCH_BYTES = 4 << 20;

    private final Connection from;
    private final Connection to;
    private final String table;

    TableCopy(Connection from, Connection to, String table) {
        this.from = from;
        this.to = to;
        this.table = table;
    }

    /** @param fallback the default value, in SQL */
    record Column(String name, int type, String fallback) {}

    /** Thrown if the database holds something that the copy has no place for. */
    static final class NoPlaceException extends Exception {
        private static final long serialVersionUID = 1L;

        NoPlaceException(String what) {
            super(what);
        }
    }

    static long count(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + quoted(table))) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /**
     * Copies all rows, with a commit after each batch.
     *
     * @param progress called occasionally with the number of copied rows
     * @return the number of copied rows
     */
    long run(LongConsumer progress) throws SQLException, NoPlaceException {
        List<Column> columns = columns();
        String names = String.join(
                ", ", columns.stream().map(column -> quoted(column.name)).toList());
        String marks = String.join(", ", Collections.nCopies(columns.size(), "?"));
        try (Statement read = from.createStatement();
                PreparedStatement insert = to.prepareStatement(
                        "INSERT INTO " + quoted(table) + " (" + names + ") VALUES (" + marks + ")")) {
            read.setFetchSize(FETCHED_ROWS);
            try (ResultSet rows = read.executeQuery("SELECT " + names + " FROM " + quoted(table))) {
                return copy(rows, columns, insert, progress);
            }
        }
    }

    private long copy(ResultSet rows, List<Column> columns, PreparedStatement insert, LongConsumer progress)
            throws SQLException {
        long copied = 0;
        int inBatch = 0;
        long bytes = 0;
        while (rows.next()) {
            for (int i = 1; i <= columns.size(); i++) {
                Object value = rows.getObject(i);
                if (value == null) {
                    insert.setNull(i, columns.get(i - 1).type);
                } else {
                    insert.setObject(i, value, columns.get(i - 1).type);
                    bytes += size(value);
                }
            }
            insert.addBatch();
            inBatch++;
            copied++;
            if (inBatch == BATCH_ROWS || bytes >= BATCH_BYTES) {
                commit(insert);
                inBatch = 0;
                bytes = 0;
                progress.accept(copied);
            }
        }
        commit(insert);
        return copied;
    }

    private void commit(PreparedStatement insert) throws SQLException {
        insert.executeBatch();
        to.commit();
    }

    private static long size(Object value) {
        return switch (value) {
            case byte[] bytes -> bytes.length;
            case String text -> text.length();
            default -> Long.BYTES;
        };
    }

    /**
     * Returns the columns of the copy that the source also has. All other columns of the copy get their defaults.
     *
     * @throws NoPlaceException if a column that only the source has contains anything but its default
     */
    List<Column> columns() throws SQLException, NoPlaceException {
        Map<String, Column> there = columns(to);
        List<Column> columns = new ArrayList<>();
        for (Column column : columns(from).values()) {
            Column same = there.get(column.name);
            if (same != null) {
                columns.add(same);
            } else if (isUsed(column)) {
                throw new NoPlaceException(table + "." + column.name);
            }
        }
        return columns;
    }

    private Map<String, Column> columns(Connection connection) throws SQLException {
        Map<String, Column> columns = new LinkedHashMap<>();
        try (ResultSet rows = connection.getMetaData().getColumns(null, connection.getSchema(), table, "%")) {
            while (rows.next()) {
                Column column = new Column(
                        rows.getString("COLUMN_NAME"),
                        rows.getInt("DATA_TYPE"),
                        Objects.requireNonNullElse(rows.getString("COLUMN_DEF"), "NULL"));
                columns.put(column.name, column);
            }
        }
        return columns;
    }

    private boolean isUsed(Column column) throws SQLException {
        try (Statement statement = from.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM " + quoted(table) + " WHERE "
                        + quoted(column.name) + " IS DISTINCT FROM " + column.fallback + " LIMIT 1")) {
            return row.next();
        }
    }

    /** Quotes a name: some are SQL keywords. */
    private static String quoted(String name) {
        return '"' + name + '"';
    }
}
