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
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection that all writes go through. Each of its statements is compiled once and kept: there are a handful, and
 * making one anew for each write took as long as its fsync. Used by one thread at a time. Messages of its failures hold
 * no values, which may be commands and output.
 */
public final class WriteConnection implements AutoCloseable {
    private final Connection connection;
    private final String begin;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    private WriteConnection(Connection connection, String begin) {
        this.connection = connection;
        this.begin = begin;
    }

    /**
     * Opens one.
     *
     * @param begin the statement by which the database begins a transaction that writes
     */
    public static WriteConnection open(DataSource source, String begin) {
        try {
            return new WriteConnection(source.getConnection(), begin);
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be opened", e);
        }
    }

    /** Does work in a transaction that is durable when this returns, or of which nothing is left when this throws. */
    public void inTransaction(Runnable work) {
        execute(begin);
        try {
            work.run();
            execute("COMMIT");
        } catch (RuntimeException | Error e) {
            rollBack(e);
            throw e;
        }
    }

    private void rollBack(Throwable cause) {
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
