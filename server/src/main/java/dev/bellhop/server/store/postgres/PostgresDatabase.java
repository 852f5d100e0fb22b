// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.Generations;
import dev.bellhop.server.store.PendingAudit;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.StoreMetrics;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.postgres.WriterSession.LockedException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL database of one server or of a cluster. Commits are as durable as {@code synchronous_commit} says, but
 * at least on the disk of the database's machine.
 */
public final class PostgresDatabase extends SqlDatabase {
    private static final Logger log = LoggerFactory.getLogger(PostgresDatabase.class);

    private static final int READERS = 8;

    private static final Duration READER_WAIT = Duration.ofSeconds(5);

    /** The lock of a killed server can last a moment longer. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(3);

    private static final Duration LOCK_PAUSE = Duration.ofMillis(100);

    private static final Duration SIZE_AGE = Duration.ofMinutes(1);

    /** Both absent if no other server uses the database. */
    private final @Nullable ClusterSession cluster;

    private final DutyLeases leases = new DutyLeases();

    private final @Nullable AuditChainer chainer;

    private PostgresDatabase(Parts parts, PostgresConnections connections) {
        super(parts);
        if (parts.generations().isShared()) {
            this.cluster = new ClusterSession(connections.clustered(), parts.generations(), leases);
            this.chainer = new AuditChainer(connections.chaining(), leases);
        } else {
            this.cluster = null;
            this.chainer = null;
        }
    }

    /** Like the other {@code open}, for short work without metrics. */
    public static PostgresDatabase open(PostgresSettings settings, KeySource keys) throws IOException {
        return open(settings, ServerMode.SINGLE, keys, new SimpleMeterRegistry());
    }

    /**
     * Opens a database, and creates its tables if it is empty.
     *
     * @param mode whether other servers also use it
     * @param keys the encryption keys; created if there are none and nothing is encrypted yet
     * @param registry for the metrics
     * @throws EncryptionKeysException if the keys are missing or different
     * @throws UnusableDatabaseException if the database cannot be reached or used, or another server uses it
     */
    public static PostgresDatabase open(
            PostgresSettings settings, ServerMode mode, KeySource keys, MeterRegistry registry) throws IOException {
        PostgresConnections connections = new PostgresConnections(settings);
        DataSource writing = connections.writing();
        WriterSession session = null;
        try {
            session = lockedSession(settings, mode, connections.first());
            ContentCipher cipher = PostgresMigration.ready(
                    settings, mode, connections.migrating(), session.connection(), keys, settings.migrate());
            if (mode == ServerMode.SINGLE) {
                appendPending(session.connection());
            } else if (!session.waitsForStandby()) {
                log.warn(
                        "PostgreSQL has no synchronous standby (synchronous_standby_names is empty): a failover may lose the last"
                                + " commits");
            }
            PostgresTransactions transactions = new PostgresTransactions(writing, mode, session);
            HikariDataSource readers = readers(connections.reading());
            session = null;
            Parts parts = new Parts(
                    new PostgresDialect(),
                    cipher,
                    new Generations(mode == ServerMode.CLUSTER),
                    metrics(registry, readers),
                    transactions,
                    readers,
                    connections.readingForLong());
            PostgresDatabase database = new PostgresDatabase(parts, connections);
            if (database.chainer != null) {
                database.chainer.bindTo(registry);
            }
            return database;
        } catch (SQLException | PoolInitializationException e) {
            throw UnusableDatabaseException.unreachable(settings, e);
        } finally {
            if (session != null) {
                session.close();
            }
        }
    }

    /** Makes a commit, which waits until the standby has everything before it. */
    @Override
    public CompletableFuture<Void> awaitDurable() {
        return changeAndWait(nothing -> {});
    }

    @Override
    public boolean holds(Duty duty) {
        return cluster == null || leases.term(duty).isPresent();
    }

    @Override
    public void close() {
        if (cluster != null) {
            cluster.stop();
        }
        super.close();
        if (chainer != null) {
            chainer.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    static WriterSession lockedSession(PostgresSettings settings, ServerMode mode, DataSource source)
            throws SQLException, UnusableDatabaseException {
        long begun = System.nanoTime();
        while (true) {
            try {
                return WriterSession.open(source, mode, null);
            } catch (LockedException e) {
                if (System.nanoTime() - begun > LOCK_WAIT.toNanos()) {
                    throw new UnusableDatabaseException(settings, inUse(mode, e), e);
                }
            }
            try {
                Thread.sleep(LOCK_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnusableDatabaseException(settings, "the server is shutting down", e);
            }
        }
    }

    /** Appends the waiting entries of a cluster, so that this server's entries follow them. */
    static void appendPending(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        WriteConnection transaction = new WriteConnection(connection);
        boolean hasMore = true;
        while (hasMore) {
            hasMore = PendingAudit.append(transaction);
            connection.commit();
        }
        connection.setAutoCommit(true);
    }

    private static String inUse(ServerMode mode, LockedException e) {
        if (e.isCluster()) {
            return "the Bellhop servers of a cluster use it, one of them from " + e.holder()
                    + "; configure this one as another of them, or stop them first";
        }
        return (mode == ServerMode.CLUSTER ? "a Bellhop server that is not of a cluster" : "another Bellhop server")
                + " uses it, from " + e.holder() + "; stop that one first";
    }

    /**
     * Checks that a server can use the database. Changes nothing, and needs no lock.
     *
     * @throws EncryptionKeysException if the database was encrypted with other keys
     * @throws UnusableDatabaseException if a server cannot use it
     */
    public static void requireUsable(PostgresSettings settings, KeySource keys) throws IOException {
        try (Connection connection =
                new PostgresConnections(settings).readingForLong().getConnection()) {
            PostgresTables tables = PostgresTables.of(settings, connection);
            if (!settings.migrate()) {
                tables.requireNewest(settings);
            }
            byte[] check = tables.check();
            if (check != null) {
                ContentCipher.requireKeys(keys, check);
            }
        } catch (SQLException e) {
            throw UnusableDatabaseException.unreachable(settings, e);
        }
    }

    private static HikariDataSource readers(DataSource source) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("store-readers");
        pool.setDataSource(source);
        pool.setReadOnly(true);
        pool.setMaximumPoolSize(READERS + LIST_READERS);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(READER_WAIT.toMillis());
        return new HikariDataSource(pool);
    }

    private static StoreMetrics metrics(MeterRegistry registry, DataSource source) {
        LoadingCache<String, Number> sizes =
                Caffeine.newBuilder().expireAfterWrite(SIZE_AGE).build(part -> size(source));
        StoreMetrics metrics = new StoreMetrics(registry);
        metrics.size("database", () -> sizes.get("database"));
        return metrics;
    }

    private static Number size(DataSource source) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_database_size(current_database())")) {
            return row.next() ? row.getLong(1) : Double.NaN;
        } catch (SQLException e) {
            return Double.NaN;
        }
    }
}
