// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection for queries. The text of a query is the program's own, with question marks for the values. Used by one
 * thread at a time. Its error messages contain no values, because values can be commands and output.
 */
public sealed class ReadConnection permits WriteConnection {
    final Connection connection;

    ReadConnection(Connection connection) {
        this.connection = connection;
    }

    /** An action on a statement whose values are set. */
    interface Use<T extends @Nullable Object> {
        T of(PreparedStatement statement) throws SQLException;
    }

    /** Prepares a statement for one use: the connection belongs to a pool, and the next read may get another one. */
    <T extends @Nullable Object> T use(String sql, @Nullable Object[] values, Use<T> use) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return use.of(statement);
        } catch (SQLException e) {
            throw new StatementException(e);
        }
    }

    static void set(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** Passes each row of a query to the consumer, in order. */
    public final void forEach(String sql, RowConsumer consumer, @Nullable Object... values) {
        this.<@Nullable Void>use(sql, values, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    consumer.accept(rows);
                }
            }
            return null;
        });
    }

    /** Returns all rows of a query, which must fit in memory. */
    public final <T> List<T> query(String sql, RowReader<T> reader, @Nullable Object... values) {
        List<T> all = new ArrayList<>();
        RowConsumer adding = row -> {
            T read = reader.read(row);
            if (read != null) {
                all.add(read);
            }
        };
        forEach(sql, adding, values);
        return all;
    }

    /** Returns the first row of a query, or null. */
    public final <T> @Nullable T queryFirst(String sql, RowReader<T> reader, @Nullable Object... values) {
        return this.<@Nullable T>use(sql, values, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? reader.read(rows) : null;
            }
        });
    }

    /** Like {@link #queryFirst}. */
    public final <T> Optional<T> find(String sql, RowReader<T> reader, @Nullable Object... values) {
        return Optional.ofNullable(queryFirst(sql, reader, values));
    }

    /** Returns the row of a query that always has one. */
    public final <T> T queryOne(String sql, RowReader<T> reader, @Nullable Object... values) {
        return find(sql, reader, values)
                .orElseThrow(() -> new IllegalStateException("the database lacks a row that it always has"));
    }
}
