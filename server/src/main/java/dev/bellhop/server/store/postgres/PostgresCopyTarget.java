// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.copy.CopyTarget;
import dev.bellhop.server.store.copy.StoreCopy;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;

/**
 * An empty database to copy into. The connection that writes also holds the lock that keeps servers out. A table marks
 * the copy as unfinished.
 */
public final class PostgresCopyTarget implements CopyTarget {
    /** Every server that has used a database has left rows in these tables. */
    private static final String IS_USED = "SELECT EXISTS (SELECT FROM keys) OR EXISTS (SELECT FROM audit)"
            + " OR EXISTS (SELECT FROM executions) OR (SELECT head_seq > 0 FROM audit_ends)";

    private final PostgresSettings settings;
    private final WriterSession session;
    private Collection<String> filled = List.of();

    private PostgresCopyTarget(PostgresSettings settings, WriterSession session) {
        this.settings = settings;
        this.session = session;
    }

    /**
     * Opens a database and creates its tables.
     *
     * @param check the check value of the source database's encryption keys
     * @throws UnusableDatabaseException if it cannot be reached or is in use, or holds anything but an unfinished copy
     */
    public static PostgresCopyTarget open(PostgresSettings settings, KeySource keys, byte[] check) throws IOException {
        PostgresConnections connections = new PostgresConnections(settings);
        ContentCipher cipher = ContentCipher.with(keys, check);
        WriterSession session = null;
        try {
            session = PostgresDatabase.lockedSession(settings, ServerMode.SINGLE, connections.migrating());
            Connection connection = session.connection();
            if (!PostgresTables.isUnfinishedCopy(connection)
                    && PostgresTables.of(settings, connection).version() > 0
                    && isUsed(connection)) {
                throw new UnusableDatabaseException(
                        settings, "there is data in it; a copy needs a new database, or an empty one");
            }
            PostgresTables.migrate(settings, connections.migrating(), cipher);
            connection.setAutoCommit(false);
            PostgresCopyTarget target = new PostgresCopyTarget(settings, session);
            session = null;
            return target;
        } catch (SQLException e) {
            throw UnusableDatabaseException.unreachable(settings, e);
        } finally {
            if (session != null) {
                session.close();
            }
        }
    }

    private static boolean isUsed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(IS_USED)) {
            return row.next() && row.getBoolean(1);
        }
    }

    @Override
    public Connection connection() {
        return session.connection();
    }

    @Override
    public void begin(Collection<String> tables) throws SQLException {
        filled = List.copyOf(tables);
        execute(
                "CREATE TABLE IF NOT EXISTS " + StoreCopy.UNFINISHED + " (since timestamptz DEFAULT now())",
                // The rows of an unfinished copy are not a trail yet.
                "ALTER TABLE audit DISABLE TRIGGER USER",
                "TRUNCATE " + String.join(", ", filled),
                "ALTER TABLE audit ENABLE TRIGGER USER");
    }

    @Override
    public void complete() throws SQLException {
        // Otherwise the first queries would be planned as if all tables were empty.
        execute("ANALYZE " + String.join(", ", filled), "DROP TABLE " + StoreCopy.UNFINISHED);
    }

    private void execute(String... commands) throws SQLException {
        try (Statement statement = connection().createStatement()) {
            for (String command : commands) {
                statement.execute(command);
            }
        }
        connection().commit();
    }

    @Override
    public void close() {
        session.close();
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
