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
 * The connection that a server writes through. It holds the advisory lock that keeps other servers out of the database: whoever
 * has lost the lock has lost the connection, and cannot write. The servers of a cluster share the lock, and keep out any other.
 * Used by one thread at a time.
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

    /** The rows of servers that this one follows. A cluster's server that lost its connection finds its row again for a day. */
    private static final String FOLLOW_ALL = "DELETE FROM writers";

    private static final String FOLLOW_THOSE_THAT_ARE_GONE =
            "DELETE FROM writers WHERE NOT clustered OR seen_at < now() - interval '1 day'";

    /**
     * Off would tell of a commit before it is durable. Any other level is set, too, to the same: while the connection lasts, no
     * reload of the database's configuration can switch it off.
     */
    private static final String PIN_SYNCHRONOUS_COMMIT = """
            SELECT set_config('synchronous_commit', CASE level WHEN 'off' THEN 'on' ELSE level END, false)
            FROM current_setting('synchronous_commit') AS level
            """;

    /** In milliseconds; less than the writer waits for an answer. */
    private static final int END_TIMEOUT = 3000;

    private final Connection connection;
    private final Backend backend;
    private final WriteConnection writing;

    /**
     * The process of the database that serves one connection.
     *
     * @param start when it began, since numbers of processes come again
     */
    record Backend(int pid, String start) {}

    /** Another server uses the database. */
    static final class LockedException extends SQLException {
        private static final long serialVersionUID = 1L;

        private final boolean isCluster;

        private LockedException(String holder, boolean isCluster) {
            super(holder);
            this.isCluster = isCluster;
        }

        /** Whether it is one of a cluster. */
        boolean isCluster() {
            return isCluster;
        }

        /** From where, and since when. */
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
     * Connects, and takes the lock.
     *
     * @param mode whether it is shared
     * @param before what served this server's connection before, and may still hold the lock, or be in the middle of a commit: it
     *     is ended first
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

    /** Keeps servers out that are not of a cluster, as long as a connection lasts. False where there is one. */
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
     * Adds a server's row, and removes those of servers that are gone for good. To be called once, when the tables are there.
     *
     * @param mode with what the lock was taken: with it alone no other server is there
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
     * Whether a server's row is there, so that no other server has followed it, with so many commits: a standby that took over
     * may lack the last.
     */
    boolean hasCommits(String writer, long least) throws SQLException {
        String commits = first(connection, "SELECT commits FROM writers WHERE id = ?", writer);
        return commits != null && Long.parseLong(commits) >= least;
    }

    /** Whether a standby is named that commits wait for. */
    boolean waitsForStandby() throws SQLException {
        return !String.valueOf(first(connection, "SHOW synchronous_standby_names"))
                .isBlank();
    }

    /** For what is done before anything is written. */
    Connection connection() {
        return connection;
    }

    Backend backend() {
        return backend;
    }

    /** From now on it is in transactions, which the first statement begins. */
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
            // It is gone.
        }
    }
}
