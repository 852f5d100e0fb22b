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

/** A new file to copy into, which gets its name when all is there. Whoever opens it holds the lock of its data folder. */
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
     * Begins it, in place of one that an earlier copy has left unfinished.
     *
     * @param check what tells other keys from those of the database that is copied
     * @throws IOException if there is such a file, or it cannot be made, with a message for a person
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
        // If it is interrupted, it is begun anew.
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

    /** There are rows that migrations have made. */
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
        // Unlike a move, a link fails where somebody has put a file there meanwhile.
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
