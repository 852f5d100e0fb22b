// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.store.AuditChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Checks, before use, that a database file and its log (-wal) are as a server left them. SQLite accepts any log beside
 * a file as its own: from two files that were copied at different moments while a server ran, it makes a database that
 * lacks much of its data.
 *
 * <p>Each commit stores the position of the file when the log was last restarted (see {@link AuditChain}). So a log
 * that is newer or older than its file is detected at no cost. The whole file is read, at about a second per GiB, only
 * if it is not the last server's file, if it was not closed and its log is missing (in short, if it is a copy), or if
 * it cannot be read without its log. A server that was killed or lost power rarely has to wait for that.
 *
 * <p>The check only reads, so a refused file stays unchanged.
 */
final class DatabaseCheck {
    private static final Logger log = LoggerFactory.getLogger(DatabaseCheck.class);

    private static final String WHAT_TO_DO =
            "; restore a backup (docs/how-to/production.md, Backup and restore). Nothing was changed";

    private DatabaseCheck() {}

    private record Place(long head, long base, @Nullable String fileId, boolean stopped) {
        static final Place UNKNOWN = new Place(-1, -1, null, false);

        boolean isKnown() {
            return head >= 0;
        }
    }

    /**
     * Checks a file that nothing else in this process uses.
     *
     * @throws DamagedDatabaseException if it must not be used
     */
    static StoredForm check(Path file) throws IOException {
        boolean hasLog = Files.exists(WalFile.of(file));
        Place alone = hasLog ? alone(file) : Place.UNKNOWN;
        try (Connection connection = open(file, "")) {
            Place whole = place(connection);
            if (alone.isKnown() && (whole.head < alone.head || whole.base > alone.head)) {
                throw new DamagedDatabaseException("Cannot use the database " + file
                        + " because its log " + WalFile.of(file).getFileName()
                        + " does not belong to it: the two were copied at different moments" + WHAT_TO_DO);
            }
            StoredForm form = StoredForm.of(file, connection);
            if (form.check() == null) {
                return form;
            }
            boolean replaced = !id(file).equals(whole.fileId);
            boolean logIsMissing = !hasLog && !whole.stopped;
            if (replaced || logIsMissing || (hasLog && !alone.isKnown())) {
                readAll(file, connection);
            }
            return form;
        } catch (SQLException e) {
            throw new DamagedDatabaseException(
                    "Cannot use the database " + file + " because it is damaged, or is no database at all ("
                            + e.getMessage() + ")" + WHAT_TO_DO,
                    e);
        }
    }

    /** Returns an id that differs between this file and a copy of it. It survives a restart of the machine. */
    static String id(Path file) throws IOException {
        Object inode = Files.getAttribute(file, "unix:ino");
        long made = Files.readAttributes(file, BasicFileAttributes.class)
                .creationTime()
                .toMillis();
        return inode + "@" + made;
    }

    /** Reads the file without its log. This can fail if a server was killed while it copied the log into the file. */
    private static Place alone(Path file) {
        try (Connection connection = open(file, "?immutable=1")) {
            return place(connection);
        } catch (SQLException e) {
            return Place.UNKNOWN;
        }
    }

    /** Reads the position; unknown if no server has used the file yet. */
    private static Place place(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet table = statement.executeQuery(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'server_run'")) {
                if (!table.next()) {
                    return Place.UNKNOWN;
                }
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT head_seq, base_seq, file_id, stopped FROM audit_ends LEFT JOIN server_run ON true")) {
                return row.next()
                        ? new Place(row.getLong(1), row.getLong(2), row.getString(3), row.getBoolean(4))
                        : Place.UNKNOWN;
            }
        }
    }

    /**
     * Reads all of a file that is not in use.
     *
     * @throws DamagedDatabaseException if it is damaged
     */
    static void readAll(Path file) throws IOException {
        try {
            OfflineReader.read(file, connection -> {
                requireWhole(file, connection);
                return file;
            });
        } catch (SQLException e) {
            throw new DamagedDatabaseException(
                    "Cannot use " + file + " because it is damaged (" + e.getMessage() + ")", e);
        }
    }

    private static void readAll(Path file, Connection connection) throws IOException, SQLException {
        log.info(
                "Reading all of {}, {} MiB, because it is a copy, or was not closed and has lost its log",
                file,
                Files.size(file) >> 20);
        requireWhole(file, connection);
    }

    private static void requireWhole(Path file, Connection connection) throws IOException, SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA integrity_check(1)")) {
            String fault = row.next() ? row.getString(1) : "nothing was told";
            if (!fault.equals("ok")) {
                throw new DamagedDatabaseException(
                        "Cannot use the database " + file + " because it is damaged (" + fault + ")" + WHAT_TO_DO);
            }
        }
    }

    private static Connection open(Path file, String how) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(10_000);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath().toUri() + how);
        return source.getConnection();
    }
}
