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
 * A connection to ask the database by. The text of a query is the program's own; values stand in it as question marks. Used by one
 * thread at a time. Messages of its failures hold no values, which may be commands and output.
 */
public sealed class ReadConnection permits WriteConnection {
    final Connection connection;

    ReadConnection(Connection connection) {
        this.connection = connection;
    }

    /** What is done with a statement whose values are set. */
    interface Use<T extends @Nullable Object> {
        T of(PreparedStatement statement) throws SQLException;
    }

    /** Makes a statement for one use: the connection belongs to a pool, and the next read may get another one. */
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

    /** Does something with each row that a query gives, in their order. */
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

    /** All rows that a query gives, few enough to be held. */
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

    /** The first row that a query gives, absent where it gives none. */
    public final <T> @Nullable T queryFirst(String sql, RowReader<T> reader, @Nullable Object... values) {
        return this.<@Nullable T>use(sql, values, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? reader.read(rows) : null;
            }
        });
    }

    /** As {@link #queryFirst}. */
    public final <T> Optional<T> find(String sql, RowReader<T> reader, @Nullable Object... values) {
        return Optional.ofNullable(queryFirst(sql, reader, values));
    }

    /** The row of a query that always gives one. */
    public final <T> T queryOne(String sql, RowReader<T> reader, @Nullable Object... values) {
        return find(sql, reader, values)
                .orElseThrow(() -> new IllegalStateException("the database lacks a row that it always has"));
    }
}
