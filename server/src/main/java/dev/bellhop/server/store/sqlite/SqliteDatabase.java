// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.AuditChain;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.sqlite.BackgroundRead.RowConsumer;
import dev.bellhop.server.tenant.TenantFilter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/**
 * The database file of one server: one writer that commits in groups, and a few readers beside it. In WAL mode readers
 * and the writer do not wait for each other, and {@code synchronous=FULL} makes each commit durable before it returns.
 * Thread safe.
 */
public final class SqliteDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqliteDatabase.class);

    /** A reader holds its carrier thread while SQLite works, so more than this would not read faster. */
    private static final int READERS = 4;

    /** Those that read lists have threads of their own. */
    private static final int LIST_READERS = 2;

    private static final Duration READER_WAIT = Duration.ofSeconds(10);

    /** In pages of 4 KiB. The log is copied into the database every 8 MiB, and then written over from its start. */
    private static final int CHECKPOINT_PAGES = 2048;

    private final AuditChain audit = new AuditChain();
    private final GroupCommitWriter writer;
    private final DataSource reader;
    private final HikariDataSource readers;
    private final List<BackgroundRead> background = new CopyOnWriteArrayList<>();
    private final Jdbi reading;
    private final ContentCipher cipher;
    private final StoreMetrics metrics;
    private final ReadTurns lists = new ReadTurns(LIST_READERS);

    private SqliteDatabase(
            WriteConnection connection,
            DataSource reader,
            HikariDataSource readers,
            Jdbi reading,
            ContentCipher cipher,
            WalFile wal,
            StoreMetrics metrics) {
        this.cipher = cipher;
        this.metrics = metrics;
        this.writer = new GroupCommitWriter(connection, audit, wal, metrics);
        this.reader = reader;
        this.readers = readers;
        this.reading = reading;
    }

    /** As the other, for a moment's work that nobody measures. */
    public static SqliteDatabase open(Path file, KeySource keys) throws IOException {
        return open(file, keys, new SimpleMeterRegistry());
    }

    /**
     * Opens a database file, and makes it where there is none.
     *
     * @param keys what it is encrypted with; made where there are none, and nothing is encrypted yet
     * @param registry where it counts what it does
     * @throws EncryptionKeysException where they are not there, or are others
     * @throws DamagedDatabaseException where it is not what a server has left
     * @throws IOException where the file cannot be made
     */
    public static SqliteDatabase open(Path file, KeySource keys, MeterRegistry registry) throws IOException {
        createPrivate(file);
        byte[] check = DatabaseCheck.check(file);
        SQLiteDataSource writing = dataSource(file, false);
        ContentCipher cipher = ContentCipher.with(keys, check);
        try {
            Flyway.configure(SqliteDatabase.class.getClassLoader())
                    .dataSource(writing)
                    .locations("classpath:dev/bellhop/server/store/sqlite/migration")
                    .placeholders(Map.of(
                            "check",
                            HexFormat.of().formatHex(cipher.check()),
                            "key",
                            Integer.toString(cipher.primary())))
                    .load()
                    .migrate();
            begin(writing, DatabaseCheck.id(file));
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be opened", e);
        }

        HikariConfig pool = new HikariConfig();
        pool.setPoolName("store-readers");
        DataSource reader = dataSource(file, true);
        pool.setDataSource(reader);
        pool.setReadOnly(true);
        pool.setMaximumPoolSize(READERS + LIST_READERS);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(READER_WAIT.toMillis());
        HikariDataSource readers = new HikariDataSource(pool);
        return new SqliteDatabase(
                WriteConnection.open(writing, "BEGIN IMMEDIATE"),
                reader,
                readers,
                jdbi(readers),
                cipher,
                new WalFile(file),
                new StoreMetrics(registry, file));
    }

    /** From now on it is in use. */
    private static void begin(DataSource source, String fileId) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT OR REPLACE INTO server_run VALUES (1, ?, 0)")) {
            insert.setString(1, fileId);
            insert.executeUpdate();
        }
    }

    public ContentCipher cipher() {
        return cipher;
    }

    /** The end of the audit trail, which grows with each write. */
    AuditChain audit() {
        return audit;
    }

    /** Queues a write that has nothing to say; as {@link #write}. */
    CompletableFuture<Void> change(Consumer<WriteConnection> work) {
        return write(connection -> {
                    work.accept(connection);
                    return connection;
                })
                .thenAccept(connection -> {});
    }

    /** As {@link #change}, for a caller that waits for the write and so may do it on its own thread. */
    CompletableFuture<Void> changeAndWait(Consumer<WriteConnection> work) {
        return writer.submitAndWait(connection -> {
                    work.accept(connection);
                    return connection;
                })
                .thenAccept(connection -> {});
    }

    /** As {@link #write}, for a caller that waits for the write and so may do it on its own thread. */
    <T> CompletableFuture<T> writeAndWait(Function<WriteConnection, T> work) {
        return writer.submitAndWait(work);
    }

    /** Queues a write; durable once the future has completed. Fails with {@code STORE_UNAVAILABLE}. */
    <T> CompletableFuture<T> write(Function<WriteConnection, T> work) {
        return writer.submit(work);
    }

    /**
     * Writes something that means nothing, as durably as all else, to see whether that works: a number in the file's header
     * which SQLite leaves to applications. Fails with {@code STORE_UNAVAILABLE}.
     */
    public CompletableFuture<Void> check() {
        return change(connection -> connection.execute("PRAGMA user_version = 0"));
    }

    /** Reads what is committed. Fails with {@code STORE_UNAVAILABLE}. */
    <T> T read(Function<Handle, T> work) {
        try (Handle handle = reading.open()) {
            return work.apply(handle);
        } catch (JdbiException e) {
            log.error("Cannot read from the database", e);
            metrics.readFailed();
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot look this up because the database could not be read");
        }
    }

    /**
     * As {@link #read}, for what takes longer and is asked for by callers, who take turns.
     *
     * @param readers whose callers they are
     * @throws BellhopException also {@code TOO_MANY_REQUESTS}
     */
    <T> T readInTurn(TenantFilter readers, Function<Handle, T> work) {
        return lists.read(readers, () -> read(work));
    }

    /** Reads, for as long as that takes, what is committed now; nobody waits for it. */
    CompletableFuture<Void> readInBackground(String sql, RowConsumer rows) {
        BackgroundRead read = new BackgroundRead(reader, sql, rows);
        background.add(read);
        return read.done().whenComplete((done, failure) -> background.remove(read));
    }

    /** Finishes the writes that are queued, then closes the file. */
    @Override
    public void close() {
        lists.close();
        background.forEach(BackgroundRead::close);
        var _ = change(connection -> connection.execute("UPDATE server_run SET stopped = 1"));
        // The one that may write last: it has the log copied into the file, and removes it.
        readers.close();
        writer.close();
    }

    /** Makes the file, if there is none, for the server alone. SQLite gives its other files the mode of this one. */
    private static void createPrivate(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    private static Jdbi jdbi(DataSource dataSource) {
        Jdbi jdbi = Jdbi.create(dataSource);
        // By default its messages quote bound values, which are commands and output.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
        return jdbi;
    }

    private static SQLiteDataSource dataSource(Path file, boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) GroupCommitWriter.BUSY_TIMEOUT.toMillis());
        config.setReadOnly(readOnly);
        // Otherwise the driver follows up each write with a query for a key that nobody asked for.
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
