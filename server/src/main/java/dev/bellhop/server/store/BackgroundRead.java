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

/** A long query on a snapshot of the database, taken at creation, with a separate thread and connection. */
final class BackgroundRead implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BackgroundRead.class);

    /** Its thread is a daemon, and ends with the process. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Connection connection;
    private final Statement statement;
    private final Thread thread;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile boolean closing;

    /** @param source connections whose transactions see only data committed before they began */
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
            // Takes the snapshot: later commits are invisible.
            statement.executeQuery("SELECT 1 FROM audit_ends").close();
            return statement;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Returns the future that completes after the last row, or fails. */
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

    /** Does not wait for the remaining rows, nor for a database that no longer answers. */
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
