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
 * The connection that all writes go through; what it reads is what the transaction has written so far. Each of its statements is
 * compiled once and kept: there are a handful, and making one anew for each write took as long as its fsync.
 */
public final class WriteConnection extends ReadConnection implements AutoCloseable {
    /** What goes in one message with the end of a transaction: each mixture of statements is one more that is kept. */
    private static final int MAX_JOINED = 4;

    private static final int MAX_LATER = 64;

    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final boolean joins;
    private final List<Later> later = new ArrayList<>();

    /** A statement that waits for the next one. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Later(String sql, @Nullable Object[] values) {}

    /** Takes over the connection, to close it in the end. */
    public WriteConnection(Connection connection) {
        this(connection, false);
    }

    /**
     * Takes over the connection, to close it in the end.
     *
     * @param joins whether one message to the database may have several statements, separated by semicolons
     */
    public WriteConnection(Connection connection, boolean joins) {
        super(connection);
        this.joins = joins;
    }

    /** Leaves a transaction that has failed. */
    public void rollBack(Throwable cause) {
        later.clear();
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

    /**
     * As {@link #execute}, where nobody has to know what it changed. Where the database has messages it goes with the next
     * statement, or with the end of the transaction, which it makes fail if it fails.
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

    /** Runs the last statement of a transaction, in one message with what waits. */
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

    /** In their order; neighbours of the same text at once. */
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
