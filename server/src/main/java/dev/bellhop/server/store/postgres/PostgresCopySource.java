// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.copy.CopySource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** A database to copy from. It holds the lock that keeps servers out. */
public final class PostgresCopySource implements CopySource {
    private final PostgresSettings settings;
    private final WriterSession lock;
    private final Connection connection;
    private final byte[] check;

    private PostgresCopySource(PostgresSettings settings, WriterSession lock, Connection connection, byte[] check) {
        this.settings = settings;
        this.lock = lock;
        this.connection = connection;
        this.check = check;
    }

    /**
     * Opens a database.
     *
     * @throws UnusableDatabaseException if it cannot be reached, a server uses it, or it has another version
     */
    public static PostgresCopySource open(PostgresSettings settings) throws IOException {
        PostgresConnections connections = new PostgresConnections(settings);
        WriterSession lock = null;
        try {
            lock = PostgresDatabase.lockedSession(settings, ServerMode.SINGLE, connections.migrating());
            PostgresTables tables = PostgresTables.of(settings, lock.connection());
            byte[] check = tables.check();
            if (check == null) {
                throw new UnusableDatabaseException(settings, "it is empty, so there is nothing to copy");
            }
            if (tables.version() != PostgresTables.NEWEST) {
                throw new UnusableDatabaseException(
                        settings,
                        "an older version of Bellhop made its tables; run 'bellhop migrate' with its configuration first");
            }
            PostgresDatabase.appendPending(lock.connection());
            Connection connection = connections.readingForLong().getConnection();
            connection.setAutoCommit(false);
            PostgresCopySource source = new PostgresCopySource(settings, lock, connection, check);
            lock = null;
            return source;
        } catch (SQLException e) {
            throw UnusableDatabaseException.unreachable(settings, e);
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public byte[] check() {
        return check.clone();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // The connection only read.
        }
        lock.close();
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
