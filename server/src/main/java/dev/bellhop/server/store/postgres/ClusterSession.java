// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Generations;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a server of a cluster current. Once a second, on its own connection, it renews its leases on duties and
 * compares the generations of its in-memory data with the database.
 */
final class ClusterSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterSession.class);

    static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final DataSource source;
    private final Generations generations;
    private final DutyLeases leases;
    private final Thread thread;
    private final Semaphore look = new Semaphore(0);

    /** Used by the thread until it has ended. */
    private @Nullable Connection connection;

    private boolean isAway;
    private volatile boolean closed;

    /** @param source connections with a short timeout */
    ClusterSession(DataSource source, Generations generations, DutyLeases leases) {
        this.source = source;
        this.generations = generations;
        this.leases = leases;
        generations.lookedAtBy(look::release);
        this.thread = Thread.ofPlatform().name("store-cluster").daemon().start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                attempt();
                if (look.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                    look.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void attempt() {
        try {
            once();
            isAway = false;
        } catch (SQLException | RuntimeException e) {
            disconnect();
            if (!isAway && !closed) {
                isAway = true;
                log.warn("Cannot see now what the other servers change; trying again", e);
            }
        }
    }

    private void once() throws SQLException {
        long begun = System.nanoTime();
        Connection now = connection;
        if (now == null) {
            now = source.getConnection();
            connection = now;
        }
        generations.look(numbers(now), begun);
        renew(now);
    }

    /** A read-only database is still good for reads. */
    private void renew(Connection now) throws SQLException {
        try {
            leases.renew(now);
        } catch (SQLException e) {
            leases.lose();
            if (now.isClosed()) {
                throw e;
            }
            log.debug("Cannot renew the leases of this server", e);
        }
    }

    private static Map<String, Long> numbers(Connection connection) throws SQLException {
        Map<String, Long> numbers = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT kind, number FROM generations")) {
            while (rows.next()) {
                numbers.put(rows.getString(1), rows.getLong(2));
            }
        }
        return numbers;
    }

    private void disconnect() {
        leases.lose();
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // The connection is gone.
            }
            connection = null;
        }
    }

    /** Ends the thread. The leases stay for some seconds, for work that has to be completed. */
    void stop() {
        closed = true;
        look.release();
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
        if (connection != null && !thread.isAlive()) {
            try {
                leases.release(connection);
            } catch (SQLException e) {
                log.debug("The leases of this server end by themselves", e);
            }
            disconnect();
        }
    }
}
