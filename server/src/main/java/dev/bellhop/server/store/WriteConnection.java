// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection that all writes go through. Each of its statements is compiled once and kept: there are a handful, and
 * making one anew for each write took as long as its fsync. Used by one thread at a time. Messages of its failures hold
 * no values, which may be commands and output.
 */
public final class WriteConnection implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    /** Takes over the connection, to close it in the end. */
    public WriteConnection(Connection connection) {
        this.connection = connection;
    }

    /** Leaves a transaction that has failed. */
    public void rollBack(Throwable cause) {
        try {
            execute("ROLLBACK");
        } catch (RuntimeException e) {
            // After some failures, such as a full disk, SQLite has done so itself, and says so.
            cause.addSuppressed(e);
        }
    }

    /**
     * Runs a statement that gives no rows.
     *
     * @param sql one of few texts; values stand in it as question marks
     * @return how many rows it changed
     */
    public int execute(String sql, @Nullable Object... values) {
        try {
            return prepared(sql, values).executeUpdate();
        } catch (SQLException e) {
            forget(sql);
            throw new IllegalStateException("the database refused a statement", e);
        }
    }

    /** Runs a statement once for each of several rows of values, in their order, with one round trip where the database has them. */
    public void executeEach(String sql, List<@Nullable Object[]> rows) {
        if (rows.size() == 1) {
            execute(sql, rows.getFirst());
            return;
        }
        try {
            for (@Nullable Object[] values : rows) {
                prepared(sql, values).addBatch();
            }
            if (!rows.isEmpty()) {
                prepared(sql).executeBatch();
            }
        } catch (SQLException e) {
            forget(sql);
            throw new IllegalStateException("the database refused a statement", e);
        }
    }

    /** The first row that a query gives, absent where it gives none; it sees what the transaction has written so far. */
    public <T> @Nullable T queryFirst(String sql, RowReader<T> reader, @Nullable Object... values) {
        try (ResultSet rows = prepared(sql, values).executeQuery()) {
            return rows.next() ? reader.read(rows) : null;
        } catch (SQLException e) {
            forget(sql);
            throw new IllegalStateException("the database refused a query", e);
        }
    }

    /** All rows that a query gives, few enough to be held; as {@link #queryFirst}. */
    public <T> List<T> query(String sql, RowReader<T> reader, @Nullable Object... values) {
        try (ResultSet rows = prepared(sql, values).executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        } catch (SQLException e) {
            forget(sql);
            throw new IllegalStateException("the database refused a query", e);
        }
    }

    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    /** A statement that has failed is compiled anew: the driver closes it after some failures, such as a full disk. */
    private void forget(String sql) {
        PreparedStatement failed = statements.remove(sql);
        if (failed == null) {
            return;
        }
        try {
            failed.close();
        } catch (SQLException e) {
            // It was closed already.
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be closed", e);
        }
    }
}
