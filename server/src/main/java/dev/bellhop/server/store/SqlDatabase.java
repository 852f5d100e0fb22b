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
 * The database of one server: one writer that commits in groups, and a few readers beside it, which do not wait for each other.
 * What is particular to a kind of database is in its subclass. Thread safe.
 */
public abstract class SqlDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqlDatabase.class);

    /** Those that read lists have threads of their own. */
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

    /** What a database is made of; it closes what can be closed. */
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

    /** The end of the audit trail, which grows with each write. */
    public AuditChain audit() {
        return audit;
    }

    /** What keeps that current which is held in memory. */
    public Generations generations() {
        return generations;
    }

    /** Whether this server is the one that does a piece of work now. */
    public boolean holds(Duty duty) {
        return true;
    }

    /** Tells that of a duty, again and again; absent where there is no other server that could have it. */
    public Optional<BooleanSupplier> sharedDuty(Duty duty) {
        return generations.isShared() ? Optional.of(() -> holds(duty)) : Optional.empty();
    }

    /** As {@link #read}, for all of a kind, which the caller holds in memory from now on. */
    public <T> T load(Kind kind, Function<ReadConnection, T> work) {
        return read(connection -> {
            generations.beginLoading(kind, connection);
            return work.apply(connection);
        });
    }

    /** As the other, for what only that kind was looked at. */
    public CompletableFuture<Void> changeLoaded(Kind kind, Consumer<WriteConnection> work) {
        return changeLoaded(kind, Set.of(), Set.of(), work);
    }

    /**
     * As {@link #change}, for a change of what is held in memory, which was decided on from there. Fails with {@link
     * OutdatedException} if another server has changed that.
     *
     * @param reliesOn other kinds that it was decided from
     * @param alsoChanged other kinds that it changes in the store, whatever is in memory of them
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

    /** Queues a write; durable once the future has completed. Fails with {@code STORE_UNAVAILABLE}. */
    public <T> CompletableFuture<T> write(Function<WriteConnection, T> work) {
        return writer.submit(work);
    }

    /** As {@link #write}, for a caller that waits for the write and so may do it on its own thread. */
    public <T> CompletableFuture<T> writeAndWait(Function<WriteConnection, T> work) {
        return writer.submitAndWait(work);
    }

    /**
     * As {@link #writeAndWait}, for a write whose caller has to learn the outcome. If the database goes away during the commit, the
     * future completes only when it is back. Callers wait for it with a limit ({@link dev.bellhop.server.failure.Writes#awaitOutcome}).
     */
    public <T> CompletableFuture<T> writeUntilOutcome(Function<WriteConnection, T> work) {
        return writer.submitUntilOutcome(work);
    }

    /** Queues a write that has nothing to say; as {@link #write}. */
    public CompletableFuture<Void> change(Consumer<WriteConnection> work) {
        return write(silent(work)).thenAccept(connection -> {});
    }

    /** As {@link #change}, for a caller that waits for the write and so may do it on its own thread. */
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
     * Completes when all that was readable before is durable. Fails with {@code STORE_UNAVAILABLE}. A database with a standby may show a
     * row that the standby lacks, because the row's writer gave up waiting for the standby.
     */
    public CompletableFuture<Void> awaitDurable() {
        return CompletableFuture.completedFuture(null);
    }

    /** Writes something that means nothing, to see whether that works. Fails with {@code STORE_UNAVAILABLE}. */
    public CompletableFuture<Void> check() {
        return generations.isCurrent()
                ? change(connection -> connection.execute(dialect.check()))
                : CompletableFuture.failedFuture(new IllegalStateException("what is in memory may be outdated"));
    }

    /** Reads what is committed. Fails with {@code STORE_UNAVAILABLE}. */
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
     * As {@link #read}, for what takes longer and is asked for by callers, who take turns.
     *
     * @param readers whose callers they are
     * @throws BellhopException also {@code TOO_MANY_REQUESTS}
     */
    public <T> T readInTurn(TenantFilter readers, Function<ReadConnection, T> work) {
        return lists.read(readers, () -> read(false, work));
    }

    /** As {@link #readInTurn}, for several queries, all of which see what the first one sees. */
    public <T> T readSnapshotInTurn(TenantFilter readers, Function<ReadConnection, T> work) {
        return lists.read(readers, () -> read(true, work));
    }

    /** Reads, for as long as that takes, what is committed now; nobody waits for it. */
    public CompletableFuture<Void> readInBackground(String sql, RowConsumer rows) {
        BackgroundRead read = new BackgroundRead(background, sql, rows);
        inBackground.add(read);
        return read.done().whenComplete((done, failure) -> inBackground.remove(read));
    }

    /** Writes what is to be the last. */
    protected void writeLast() {}

    /** Finishes the writes that are queued, then closes the database. */
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
