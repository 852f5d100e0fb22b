// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.Generations;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server of a cluster does once a second on a connection of its own: it looks whether others have changed what it holds in
 * memory, and takes the locks of the duties that nobody has. The locks last as long as the connection does, so the duties of a server
 * that is gone are free for another one.
 */
final class ClusterSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterSession.class);

    static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Beside the number of the duty. The letters of "duty". */
    static final int DUTIES = 0x64757479;

    private final DataSource source;
    private final Generations generations;
    private final Thread thread;
    private final Semaphore look = new Semaphore(0);

    /** Of the thread. */
    private @Nullable Connection connection;

    private boolean isAway;
    /** Replaced as a whole; none while the database is away. */
    private volatile Set<Duty> held = Set.of();

    private volatile long heldSince = System.nanoTime();
    private volatile boolean closed;

    /** @param source of connections that do not wait long for an answer */
    ClusterSession(DataSource source, Generations generations) {
        this.source = source;
        this.generations = generations;
        generations.lookedAtBy(look::release);
        this.thread = Thread.ofPlatform().name("store-cluster").daemon().start(this::run);
    }

    /** Whether this server has a duty, as it was told within seconds. Another one may have it by now if this one was stopped. */
    boolean holds(Duty duty) {
        return held.contains(duty) && System.nanoTime() - heldSince < Generations.MAX_AGE.toNanos();
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
        } finally {
            disconnect();
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
        Map<String, Long> numbers = numbers(now);
        Set<Duty> duties = duties(now);
        if (!duties.equals(held)) {
            log.info("This server now does for the cluster: {}", duties);
        }
        held = duties;
        heldSince = begun;
        generations.look(numbers, begun);
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

    private Set<Duty> duties(Connection connection) throws SQLException {
        Set<Duty> duties = EnumSet.noneOf(Duty.class);
        duties.addAll(held);
        for (Duty duty : Duty.values()) {
            if (!duties.contains(duty) && take(connection, duty.number())) {
                duties.add(duty);
            }
        }
        return Set.copyOf(duties);
    }

    /** Takes the lock of a duty until the connection ends. False where another connection has it. */
    static boolean take(Connection connection, int duty) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("SELECT pg_try_advisory_lock(?, ?)")) {
            lock.setInt(1, DUTIES);
            lock.setInt(2, duty);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private void disconnect() {
        held = Set.of();
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // It is gone.
            }
            connection = null;
        }
    }

    @Override
    public void close() {
        closed = true;
        look.release();
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
