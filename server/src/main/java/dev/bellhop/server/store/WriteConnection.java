// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection that all writes go through; what it reads is what the transaction has written so far. Each of its statements is
 * compiled once and kept: there are a handful, and making one anew for each write took as long as its fsync.
 */
public final class WriteConnection extends ReadConnection implements AutoCloseable {
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    /** Takes over the connection, to close it in the end. */
    public WriteConnection(Connection connection) {
        super(connection);
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
        return use(sql, values, PreparedStatement::executeUpdate);
    }

    /** Runs a statement once for each of several rows of values, in their order, with one round trip where the database has them. */
    public void executeEach(String sql, List<@Nullable Object[]> rows) {
        if (rows.size() == 1) {
            execute(sql, rows.getFirst());
        } else if (!rows.isEmpty()) {
            use(sql, new Object[0], statement -> {
                for (@Nullable Object[] values : rows) {
                    set(statement, values);
                    statement.addBatch();
                }
                return statement.executeBatch();
            });
        }
    }

    @Override
    <T extends @Nullable Object> T use(String sql, @Nullable Object[] values, Use<T> use) {
        try {
            PreparedStatement statement = statements.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(sql);
                statements.put(sql, statement);
            }
            set(statement, values);
            return use.of(statement);
        } catch (SQLException e) {
            forget(sql);
            throw new StatementException(e);
        }
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
