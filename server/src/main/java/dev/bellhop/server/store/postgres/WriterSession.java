// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.WriteConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection for a server's writes. It holds the advisory lock that keeps other servers out of the database: a
 * server that has lost the lock has also lost the connection, and cannot write. The servers of a cluster share the
 * lock, and keep out all others. Used by one thread at a time.
 */
final class WriterSession implements AutoCloseable {
    /** The letters of "bellhop". */
    private static final long LOCK = 0x62656c6c686f70L;

    private static final String HOLDER = """
            SELECT coalesce(host(client_addr), 'this machine') || ', since ' || to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS OF'),
                mode = 'ShareLock'
            FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = ?
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """;

    /**
     * Deletes the rows of all previous servers. A cluster keeps them for a day, so that a server can find its row again
     * after a lost connection.
     */
    private static final String FOLLOW_ALL = "DELETE FROM writers";

    private static final String FOLLOW_THOSE_THAT_ARE_GONE =
            "DELETE FROM writers WHERE NOT clustered OR seen_at < now() - interval '1 day'";

    /**
     * With {@code off}, a commit would be reported before it is durable. Any other level is set to itself: this pins it
     * against configuration reloads while the connection lasts.
     */
    private static final String PIN_SYNCHRONOUS_COMMIT = """
            SELECT set_config('synchronous_commit', CASE level WHEN 'off' THEN 'on' ELSE level END, false)
            FROM current_setting('synchronous_commit') AS level
            """;

    /** In milliseconds; shorter than the writer's timeout. */
    private static final int END_TIMEOUT = 3000;

    private final Connection connection;
    private final Backend backend;
    private final WriteConnection writing;

    /**
     * The backend process of a connection.
     *
     * @param start its start time, because process numbers are reused
     */
    record Backend(int pid, String start) {}

    /** Thrown if another server uses the database. */
    static final class LockedException extends SQLException {
        private static final long serialVersionUID = 1L;

        private final boolean isCluster;

        private LockedException(String holder, boolean isCluster) {
            super(holder);
            this.isCluster = isCluster;
        }

        /** Returns whether that server is part of a cluster. */
        boolean isCluster() {
            return isCluster;
        }

        /** Returns its address and the time of its connection. */
        String holder() {
            return String.valueOf(getMessage());
        }
    }

    private WriterSession(Connection connection, Backend backend) {
        this.connection = connection;
        this.backend = backend;
        this.writing = new WriteConnection(connection, true);
    }

    /**
     * Connects, and acquires the lock.
     *
     * @param mode whether the lock is shared
     * @param before the backend of this server's previous connection, which may still hold the lock or be in the middle
     *     of a commit: it is ended first
     * @throws LockedException if another server has the lock
     */
    static WriterSession open(DataSource source, ServerMode mode, @Nullable Backend before) throws SQLException {
        Connection connection = source.getConnection();
        try {
            if (before != null) {
                first(
                        connection,
                        "SELECT pg_terminate_backend(pid, " + END_TIMEOUT
                                + ") FROM pg_stat_activity WHERE pid = ? AND backend_start::text = ?",
                        before.pid,
                        before.start);
            }
            first(connection, PIN_SYNCHRONOUS_COMMIT);
            if (!(mode == ServerMode.CLUSTER ? takeShared(connection) : takeAlone(connection))) {
                throw locked(connection);
            }
            String start =
                    first(connection, "SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()");
            String pid = first(connection, "SELECT pg_backend_pid()");
            return new WriterSession(
                    connection, new Backend(Integer.parseInt(String.valueOf(pid)), String.valueOf(start)));
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static boolean takeAlone(Connection connection) throws SQLException {
        return "t".equals(first(connection, "SELECT pg_try_advisory_lock(?)", LOCK));
    }

    /**
     * Keeps out servers that are not of a cluster while a connection lasts. Returns false if one is already connected.
     */
    static boolean takeShared(Connection connection) throws SQLException {
        return "t".equals(first(connection, "SELECT pg_try_advisory_lock_shared(?)", LOCK));
    }

    private static LockedException locked(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HOLDER)) {
            statement.setLong(1, LOCK);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new LockedException(row.getString(1), row.getBoolean(2))
                        : new LockedException("another connection", false);
            }
        }
    }

    private static @Nullable String first(Connection connection, String query, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    /**
     * Adds a server's row, and removes the rows of servers that are gone for good. Called once, when the tables exist.
     *
     * @param mode the mode of the lock: if it is exclusive, there is no other server
     */
    void register(String writer, ServerMode mode) throws SQLException {
        boolean clustered = mode == ServerMode.CLUSTER;
        try (PreparedStatement delete =
                        connection.prepareStatement(clustered ? FOLLOW_THOSE_THAT_ARE_GONE : FOLLOW_ALL);
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO writers (id, commits, clustered) VALUES (?, 0, ?)")) {
            delete.executeUpdate();
            insert.setString(1, writer);
            insert.setBoolean(2, clustered);
            insert.executeUpdate();
        }
    }

    /**
     * Returns whether a server's row still has at least so many commits. Without the row, another server has followed;
     * a standby after a failover may lack the last commits.
     */
    boolean hasCommits(String writer, long least) throws SQLException {
        String commits = first(connection, "SELECT commits FROM writers WHERE id = ?", writer);
        return commits != null && Long.parseLong(commits) >= least;
    }

    /** Returns whether commits wait for a standby. */
    boolean waitsForStandby() throws SQLException {
        return !String.valueOf(first(connection, "SHOW synchronous_standby_names"))
                .isBlank();
    }

    /** Returns the connection for work before the first write. */
    Connection connection() {
        return connection;
    }

    Backend backend() {
        return backend;
    }

    /** Switches to transactions, which the first statement begins. */
    WriteConnection writing() throws SQLException {
        connection.setAutoCommit(false);
        return writing;
    }

    boolean isClosed() {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // The connection is gone.
        }
    }
}
