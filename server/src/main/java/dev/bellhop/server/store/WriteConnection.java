// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection for all writes. Its reads include the current transaction's writes. Each statement is compiled once
 * and kept: there are a handful, and compiling one for each write took as long as its fsync.
 */
public final class WriteConnection extends ReadConnection implements AutoCloseable {
    /**
     * Limits the statements in one message with the end of a transaction: each combination is one more prepared
     * statement to keep.
     */
    private static final int MAX_JOINED = 4;

    private static final int MAX_LATER = 64;

    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final boolean joins;
    private final List<Later> later = new ArrayList<>();

    /** A statement that is sent with the next one. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Later(String sql, @Nullable Object[] values) {}

    /** Takes ownership of the connection, and closes it in the end. */
    public WriteConnection(Connection connection) {
        this(connection, false);
    }

    /**
     * Takes ownership of the connection, and closes it in the end.
     *
     * @param joins whether one message to the database may have several statements, separated by semicolons
     */
    public WriteConnection(Connection connection, boolean joins) {
        super(connection);
        this.joins = joins;
    }

    /** Rolls back a failed transaction. */
    public void rollBack(Throwable cause) {
        later.clear();
        try {
            execute("ROLLBACK");
        } catch (RuntimeException e) {
            // After some failures, such as a full disk, SQLite has already rolled back, and reports an error here.
            cause.addSuppressed(e);
        }
    }

    /**
     * Runs a statement that returns no rows.
     *
     * @param sql one of few texts, with question marks for the values
     * @return the number of changed rows
     */
    public int execute(String sql, @Nullable Object... values) {
        return use(sql, values, PreparedStatement::executeUpdate);
    }

    /**
     * Runs a statement once for each row of values, in order, with one round trip if the database has a network
     * protocol.
     */
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

    /**
     * Like {@link #execute}, without a result. If the database has a network protocol, the statement is sent with the
     * next one or with the end of the transaction. If it fails, so does the statement or end that it was sent with.
     */
    public void executeLater(String sql, @Nullable Object... values) {
        if (later.size() == MAX_LATER) {
            executeWaiting();
        }
        if (joins) {
            later.add(new Later(sql, values));
        } else {
            execute(sql, values);
        }
    }

    /** Runs the last statement of a transaction, in one message with the waiting ones. */
    public void executeLast(String sql, @Nullable Object... values) {
        if (later.isEmpty() || later.size() > MAX_JOINED) {
            execute(sql, values);
            return;
        }
        StringBuilder text = new StringBuilder();
        List<@Nullable Object> all = new ArrayList<>();
        for (Later each : later) {
            text.append(each.sql).append(";\n");
            all.addAll(Arrays.asList(each.values));
        }
        all.addAll(Arrays.asList(values));
        later.clear();
        use(text.append(sql).toString(), all.toArray(), PreparedStatement::executeUpdate);
    }

    /** Runs them in order, and neighbors with the same text as a batch. */
    private void executeWaiting() {
        List<Later> waiting = List.copyOf(later);
        later.clear();
        for (int from = 0; from < waiting.size(); ) {
            String sql = waiting.get(from).sql;
            List<@Nullable Object[]> rows = new ArrayList<>();
            for (int i = from; i < waiting.size() && waiting.get(i).sql.equals(sql); i++) {
                rows.add(waiting.get(i).values);
            }
            executeEach(sql, rows);
            from += rows.size();
        }
    }

    @Override
    <T extends @Nullable Object> T use(String sql, @Nullable Object[] values, Use<T> use) {
        executeWaiting();
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

    /**
     * Drops a failed statement, to be compiled again: the driver closes it after some failures, such as a full disk.
     */
    private void forget(String sql) {
        PreparedStatement failed = statements.remove(sql);
        if (failed == null) {
            return;
        }
        try {
            failed.close();
        } catch (SQLException e) {
            // It was already closed.
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
