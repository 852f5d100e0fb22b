// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A long query of the database as it is when this is made, on a thread and a connection of its own. */
final class BackgroundRead implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BackgroundRead.class);

    /** Its thread is a daemon, and ends with the process. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Connection connection;
    private final Statement statement;
    private final Thread thread;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile boolean closing;

    /** @param source of connections whose transactions see what was committed when they began */
    BackgroundRead(DataSource source, String sql, RowConsumer rows) {
        try {
            connection = source.getConnection();
            statement = begin(connection);
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be read", e);
        }
        thread = Thread.ofPlatform().name("store-background").daemon().start(() -> run(sql, rows));
    }

    private static Statement begin(Connection connection) throws SQLException {
        try {
            connection.setAutoCommit(false);
            Statement statement = connection.createStatement();
            // What is committed from here on is not seen.
            statement.executeQuery("SELECT 1 FROM audit_ends").close();
            return statement;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Complete, perhaps with a failure, once all rows were read. */
    CompletableFuture<Void> done() {
        return done;
    }

    private void run(String sql, RowConsumer rows) {
        try (connection;
                statement;
                ResultSet result = statement.executeQuery(sql)) {
            while (!closing && result.next()) {
                rows.accept(result);
            }
        } catch (SQLException | RuntimeException e) {
            if (!closing) {
                log.error("Cannot read from the database", e);
            }
            done.completeExceptionally(e);
        }
        done.complete(null);
    }

    /** Does not wait for the rows that are left, nor for a database that does not answer any more. */
    @Override
    public void close() {
        closing = true;
        try {
            statement.cancel();
        } catch (SQLException e) {
            // It has ended.
        }
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
