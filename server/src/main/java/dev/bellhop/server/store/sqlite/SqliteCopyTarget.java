// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.copy.CopyTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/** A new file to copy into, which gets its name when it is complete. The caller holds the lock of its data folder. */
public final class SqliteCopyTarget implements CopyTarget {
    private final Path file;
    private final Path partial;
    private final Connection connection;

    private SqliteCopyTarget(Path file, Path partial, Connection connection) {
        this.file = file;
        this.partial = partial;
        this.connection = connection;
    }

    /**
     * Creates the file, and replaces an unfinished file of an earlier copy.
     *
     * @param check the check value of the source database's encryption keys
     * @throws IOException if the file exists or cannot be created, with a message for a person
     */
    public static SqliteCopyTarget open(Path file, KeySource keys, byte[] check) throws IOException {
        if (Files.exists(file)) {
            throw new IOException("Cannot copy to " + file + " because there is a database already; move it away");
        }
        ContentCipher cipher = ContentCipher.with(keys, check);
        Path partial = file.resolveSibling(file.getFileName() + ".copying");
        Files.deleteIfExists(partial);
        SqliteDatabase.createPrivate(partial);
        SQLiteConfig config = new SQLiteConfig();
        // An interrupted copy starts over.
        config.setJournalMode(JournalMode.MEMORY);
        config.setSynchronous(SynchronousMode.OFF);
        config.setGetGeneratedKeys(false);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + partial.toAbsolutePath());
        SqliteTables.migrate(partial, source, cipher);
        try {
            Connection connection = source.getConnection();
            connection.setAutoCommit(false);
            return new SqliteCopyTarget(file, partial, connection);
        } catch (SQLException e) {
            throw new IOException("Cannot copy to " + partial + " (" + e.getMessage() + ")", e);
        }
    }

    @Override
    public Connection connection() {
        return connection;
    }

    /** Migrations have created some rows. */
    @Override
    public void begin(Collection<String> tables) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : tables) {
                statement.executeUpdate("DELETE FROM \"" + table + "\"");
            }
        }
        connection.commit();
    }

    @Override
    public void complete() throws IOException, SQLException {
        connection.commit();
        connection.close();
        DatabaseFile.sync(partial);
        // Unlike a move, a link fails if a file with this name appeared in the meantime.
        Files.createLink(file, partial);
        Files.delete(partial);
        DatabaseFile.syncFolder(file);
    }

    @Override
    public void close() {
        SqliteCopySource.close(connection);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
