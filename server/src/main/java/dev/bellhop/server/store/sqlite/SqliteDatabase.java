// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.Generations;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.StoreMetrics;
import dev.bellhop.server.store.WriteConnection;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/**
 * The database file of one server. In WAL mode readers and the writer do not wait for each other, and
 * {@code synchronous=FULL} makes each commit durable before it returns.
 */
public final class SqliteDatabase extends SqlDatabase {
    /** A reader holds its carrier thread while SQLite works, so more readers would not be faster. */
    private static final int READERS = 4;

    private static final Duration READER_WAIT = Duration.ofSeconds(10);

    /** In pages of 4 KiB. The log is copied into the database every 8 MiB, and then overwritten from its start. */
    private static final int CHECKPOINT_PAGES = 2048;

    private SqliteDatabase(Parts parts) {
        super(parts);
    }

    /** Like the other {@code open}, for short work without metrics. */
    public static SqliteDatabase open(Path file, KeySource keys) throws IOException {
        return open(file, keys, new SimpleMeterRegistry());
    }

    /**
     * Opens a database file, and creates it if it does not exist.
     *
     * @param keys the encryption keys; created if there are none and nothing is encrypted yet
     * @param registry for the metrics
     * @throws EncryptionKeysException if the keys are missing or different
     * @throws DamagedDatabaseException if the file is not as a server left it
     * @throws IOException if the file cannot be created
     */
    public static SqliteDatabase open(Path file, KeySource keys, MeterRegistry registry) throws IOException {
        createPrivate(file);
        StoredForm form = DatabaseCheck.check(file);
        SQLiteDataSource writing = dataSource(file, false);
        ContentCipher cipher = ContentCipher.with(keys, form.check());
        try {
            if (!form.isNewest()) {
                SqliteTables.migrate(file, writing, cipher);
            }
            begin(writing, DatabaseCheck.id(file));
            return new SqliteDatabase(parts(file, writing, cipher, registry));
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be opened", e);
        }
    }

    private static Parts parts(Path file, DataSource writing, ContentCipher cipher, MeterRegistry registry)
            throws SQLException {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("store-readers");
        DataSource reader = dataSource(file, true);
        pool.setDataSource(reader);
        pool.setReadOnly(true);
        pool.setMaximumPoolSize(READERS + LIST_READERS);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(READER_WAIT.toMillis());
        return new Parts(
                new SqliteDialect(),
                cipher,
                new Generations(false),
                metrics(file, registry),
                new SqliteTransactions(new WriteConnection(writing.getConnection()), new WalFile(file)),
                new HikariDataSource(pool),
                reader);
    }

    private static StoreMetrics metrics(Path file, MeterRegistry registry) {
        StoreMetrics metrics = new StoreMetrics(registry);
        metrics.size("database", () -> bytes(file));
        metrics.size("log", () -> bytes(WalFile.of(file)));
        metrics.free(() -> room(file));
        return metrics;
    }

    /** Returns the size of a file; 0 if it does not exist. */
    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long room(Path file) {
        try {
            return Files.getFileStore(file).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Marks the file as in use. */
    private static void begin(DataSource source, String fileId) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT OR REPLACE INTO server_run VALUES (1, ?, 0)")) {
            insert.setString(1, fileId);
            insert.executeUpdate();
        }
    }

    @Override
    protected void writeLast() {
        var _ = change(connection -> connection.execute("UPDATE server_run SET stopped = 1"));
    }

    /** Creates a missing file that only the server's user can access. SQLite gives its other files the same mode. */
    static void createPrivate(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    private static SQLiteDataSource dataSource(Path file, boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) SqliteTransactions.BUSY_TIMEOUT.toMillis());
        config.setReadOnly(readOnly);
        // Otherwise the driver follows each write with an unneeded query for a generated key.
        config.setGetGeneratedKeys(false);
        if (!readOnly) {
            config.setJournalMode(JournalMode.WAL);
            config.setSynchronous(SynchronousMode.FULL);
            config.setJournalSizeLimit(WalFile.LIMIT_BYTES);
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, Integer.toString(CHECKPOINT_PAGES));
        }
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
        return source;
    }
}
