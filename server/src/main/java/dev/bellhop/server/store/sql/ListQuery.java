// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.RowReader;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A list as two queries, newest first. It scans one index and reads at most {@link #MAX_SCANNED} rows, whatever the
 * filter.
 *
 * @param last finds the id of the last row that {@code found} scans, if there may be more behind it
 */
@SuppressWarnings("ArrayRecordComponent") // Made, and bound.
record ListQuery(String found, Object[] foundValues, String last, Object[] lastValues) {
    /** Each row costs a few microseconds. */
    static final int MAX_SCANNED = 10_000;

    /** The ids that a list scans in order: a table with its index, and the conditions that use the index. */
    record Scan(String table, String id, Where where) {
        Scan(String table, String id) {
            this(table, id, new Where());
        }

        Scan where(String condition, Object... values) {
            where.and(condition, values);
            return this;
        }

        String sql() {
            return "SELECT " + id + " AS id FROM " + table + where.sql() + " ORDER BY " + id + " DESC LIMIT ";
        }
    }

    /** A page of rows, and the id of the row that the next page begins after. */
    record Part<T>(List<T> rows, @Nullable String last) {}

    /**
     * @param table the table with these ids
     * @param conditions on its rows
     */
    static ListQuery of(String table, Scan scan, Where conditions, int limit, Dialect dialect) {
        return new ListQuery(
                dialect.rowsOf(table, scan.sql() + MAX_SCANNED, conditions.sql()) + " LIMIT " + limit,
                Stream.of(scan.where, conditions)
                        .flatMap(where -> Stream.of(where.values()))
                        .toArray(),
                scan.sql() + "1 OFFSET " + (MAX_SCANNED - 1),
                scan.where.values());
    }

    /** @param limit one less than the limit of the query: one row beyond it shows that there is another page */
    <T> Part<T> read(ReadConnection connection, RowReader<T> reader, Function<T, String> id, int limit) {
        List<T> rows = connection.query(found, reader, foundValues);
        if (rows.size() > limit) {
            List<T> page = rows.subList(0, limit);
            return new Part<>(page, id.apply(page.getLast()));
        }
        return new Part<>(rows, connection.queryFirst(last, row -> row.getString(1), lastValues));
    }

    @Override
    public String toString() {
        return "ListQuery[" + found + "]";
    }
}
