// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Reads a database file from outside its server, running or not. Changes nothing and leaves no other files. */
final class OfflineReader {
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

    private OfflineReader() {}

    /** A read, which may run twice. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T read(Connection connection) throws SQLException, IOException;
    }

    /**
     * Runs the work on a read-only connection.
     *
     * @throws IOException if the file cannot be read, with a message for a person
     */
    static <T extends @Nullable Object> T read(Path file, Work<T> work) throws IOException, SQLException {
        if (!Files.isReadable(file)) {
            throw new IOException(
                    "Cannot read " + file + " because there is no such file, or this user may not read it");
        }
        // Beside an unused file, a reading SQLite would leave a log, unless the connection declares the file immutable.
        // If a server starts in the meantime and creates a log, that declaration was wrong.
        boolean unused = !Files.exists(WalFile.of(file));
        T result = read(file, unused, work);
        return unused && Files.exists(WalFile.of(file)) ? read(file, false, work) : result;
    }

    private static <T extends @Nullable Object> T read(Path file, boolean unused, Work<T> work)
            throws IOException, SQLException {
        try (Connection connection = open(file, unused)) {
            return work.read(connection);
        }
    }

    /** Opens a file that no other process uses while it is open. */
    static Connection open(Path file) throws SQLException {
        return open(file, !Files.exists(WalFile.of(file)));
    }

    private static Connection open(Path file, boolean unused) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath().toUri() + (unused ? "?immutable=1" : ""));
        return source.getConnection();
    }
}
