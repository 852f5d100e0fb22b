// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import com.zaxxer.hikari.HikariDataSource;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.tenant.TenantFilter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of one server: one writer that commits in groups, and a few independent readers. Subclasses implement
 * the kinds of databases. Thread safe.
 */
public abstract class SqlDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqlDatabase.class);

    /** The number of readers for lists, which have separate threads. */
    protected static final int LIST_READERS = 2;

    private final Dialect dialect;
    private final ContentCipher cipher;
    private final StoreMetrics metrics;
    private final AuditChain audit;
    private final Generations generations;
    private final GroupCommitWriter writer;
    private final HikariDataSource readers;
    private final DataSource background;
    private final List<BackgroundRead> inBackground = new CopyOnWriteArrayList<>();
    private final ReadTurns lists = new ReadTurns(LIST_READERS);

    /** The components of a database, which closes them. */
    public record Parts(
            Dialect dialect,
            ContentCipher cipher,
            Generations generations,
            StoreMetrics metrics,
            Transactions transactions,
            HikariDataSource readers,
            DataSource background) {}

    protected SqlDatabase(Parts parts) {
        this.dialect = parts.dialect;
        this.cipher = parts.cipher;
        this.generations = parts.generations;
        this.audit = new AuditChain(generations.isShared());
        this.metrics = parts.metrics;
        this.writer = new GroupCommitWriter(parts.transactions, audit, metrics);
        this.readers = parts.readers;
        this.background = parts.background;
    }

    public Dialect dialect() {
        return dialect;
    }

    public ContentCipher cipher() {
        return cipher;
    }

    /** Returns the end of the audit trail, which grows with each write. */
    public AuditChain audit() {
        return audit;
    }

    /** Returns the tracker that keeps in-memory copies current. */
    public Generations generations() {
        return generations;
    }

    /** Returns whether this server currently has the duty. */
    public boolean holds(Duty duty) {
        return true;
    }

    /** Returns a repeatable check for {@link #holds}; absent if no other server can have the duty. */
    public Optional<BooleanSupplier> sharedDuty(Duty duty) {
        return generations.isShared() ? Optional.of(() -> holds(duty)) : Optional.empty();
    }

    /** Like {@link #read}, for all data of a kind, which the caller keeps in memory. */
    public <T> T load(Kind kind, Function<ReadConnection, T> work) {
        return read(connection -> {
            generations.beginLoading(kind, connection);
            return work.apply(connection);
        });
    }

    /** Like the other {@code changeLoaded}, for a decision that relied only on this kind. */
    public CompletableFuture<Void> changeLoaded(Kind kind, Consumer<WriteConnection> work) {
        return changeLoaded(kind, Set.of(), Set.of(), work);
    }

    /**
     * Like {@link #change}, for a change of an in-memory copy, decided from that copy. Fails with
     * {@link OutdatedException} if another server has changed the data.
     *
     * @param reliesOn other kinds that the decision relied on
     * @param alsoChanged other kinds that it changes in the store, even if their copies in memory are outdated
     */
    public CompletableFuture<Void> changeLoaded(
            Kind kind, Set<Kind> reliesOn, Set<Kind> alsoChanged, Consumer<WriteConnection> work) {
        Generations.Step step = generations.step(kind, reliesOn, alsoChanged);
        return change(connection -> {
                    generations.take(step, connection);
                    work.accept(connection);
                })
                .thenRun(() -> generations.taken(step));
    }

    /** Queues a write, which is durable once the future completes. Fails with {@code STORE_UNAVAILABLE}. */
    public <T> CompletableFuture<T> write(Function<WriteConnection, T> work) {
        return writer.submit(work);
    }

    /** Like {@link #write}, for a caller that waits for the write: it may run on the caller's thread. */
    public <T> CompletableFuture<T> writeAndWait(Function<WriteConnection, T> work) {
        return writer.submitAndWait(work);
    }

    /**
     * Like {@link #writeAndWait}, for a write whose caller must learn the outcome. If the connection is lost during the
     * commit, the future completes only when the database is back. Callers wait for it with a limit
     * ({@link dev.bellhop.server.failure.Writes#awaitOutcome}).
     */
    public <T> CompletableFuture<T> writeUntilOutcome(Function<WriteConnection, T> work) {
        return writer.submitUntilOutcome(work);
    }

    /** Queues a write without a result, like {@link #write}. */
    public CompletableFuture<Void> change(Consumer<WriteConnection> work) {
        return write(silent(work)).thenAccept(connection -> {});
    }

    /** Like {@link #change}, for a caller that waits for the write: it may run on the caller's thread. */
    public CompletableFuture<Void> changeAndWait(Consumer<WriteConnection> work) {
        return writeAndWait(silent(work)).thenAccept(connection -> {});
    }

    private static Function<WriteConnection, WriteConnection> silent(Consumer<WriteConnection> work) {
        return connection -> {
            work.accept(connection);
            return connection;
        };
    }

    /**
     * Completes when all data that was readable before the call is durable. Fails with {@code STORE_UNAVAILABLE}. A
     * database with a standby may show a row that the standby lacks, because the row's writer gave up waiting for the
     * standby.
     */
    public CompletableFuture<Void> awaitDurable() {
        return CompletableFuture.completedFuture(null);
    }

    /** Tests whether writes work, without changing anything of value. Fails with {@code STORE_UNAVAILABLE}. */
    public CompletableFuture<Void> check() {
        return generations.isCurrent()
                ? change(connection -> connection.execute(dialect.check()))
                : CompletableFuture.failedFuture(new IllegalStateException("what is in memory may be outdated"));
    }

    /** Reads committed data. Fails with {@code STORE_UNAVAILABLE}. */
    public <T> T read(Function<ReadConnection, T> work) {
        return read(false, work);
    }

    private <T> T read(boolean isSnapshot, Function<ReadConnection, T> work) {
        try (Connection connection = readers.getConnection()) {
            if (isSnapshot) {
                connection.setAutoCommit(false);
            }
            T result = work.apply(new ReadConnection(connection));
            if (isSnapshot) {
                connection.commit();
            }
            return result;
        } catch (SQLException | StatementException e) {
            log.error("Cannot read from the database", e);
            metrics.readFailed();
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot look this up because the database could not be read");
        }
    }

    /**
     * Like {@link #read}, for longer queries of callers, who take turns.
     *
     * @param readers the callers' account
     * @throws BellhopException also {@code TOO_MANY_REQUESTS}
     */
    public <T> T readInTurn(TenantFilter readers, Function<ReadConnection, T> work) {
        return lists.read(readers, () -> read(false, work));
    }

    /** Like {@link #readInTurn}, for several queries that all see the same snapshot. */
    public <T> T readSnapshotInTurn(TenantFilter readers, Function<ReadConnection, T> work) {
        return lists.read(readers, () -> read(true, work));
    }

    /** Reads a snapshot of the committed data, for as long as that takes. Does not block the caller. */
    public CompletableFuture<Void> readInBackground(String sql, RowConsumer rows) {
        BackgroundRead read = new BackgroundRead(background, sql, rows);
        inBackground.add(read);
        return read.done().whenComplete((done, failure) -> inBackground.remove(read));
    }

    /** Makes the last writes before the database closes. */
    protected void writeLast() {}

    /** Finishes the queued writes, then closes the database. */
    @Override
    public void close() {
        lists.close();
        inBackground.forEach(BackgroundRead::close);
        writeLast();
        // Before the writer: SQLite's last connection, if it may write, tidies up the file.
        readers.close();
        writer.close();
    }
}
