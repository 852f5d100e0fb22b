// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.store.CommitOutcomeUnknownException;
import dev.bellhop.server.store.DatabaseAwayException;
import dev.bellhop.server.store.Transactions;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.postgres.WriterSession.Backend;
import dev.bellhop.server.store.postgres.WriterSession.LockedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions over a connection that may break.
 *
 * <p>Each transaction stores its number in the server's row of {@code writers}, in one message with its COMMIT. If the
 * connection breaks earlier, the transaction leaves nothing. If it breaks during that message, the outcome is unknown.
 * The next connection then ends the backend process of the previous one, which settles the outcome, and reads the
 * number. The transaction is repeated only if it did not take place.
 *
 * <p>If the outcome is still unknown after {@link #PATIENCE}, the transaction fails and is settled before the next one.
 * It is never undone, because other servers may have read it and a node may have started its command.
 */
final class PostgresTransactions implements Transactions {
    private static final Logger log = LoggerFactory.getLogger(PostgresTransactions.class);

    /** How long a write waits for an unreachable database. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** The minimum time left for a reconnect, which can take longer if the network drops packets. */
    private static final Duration MIN_LEFT = Duration.ofMillis(500);

    private static final Backoff RECONNECT = Backoff.doubling(Duration.ofMillis(50), Duration.ofSeconds(1));

    /**
     * Sent in one message with the queued writes, so it costs no extra round trip. If the server's row is missing, the
     * insertion is refused, and the COMMIT with it.
     */
    private static final String COMMIT = """
            MERGE INTO writers USING (VALUES (?, ?::bigint)) AS own (id, commits) ON writers.id = own.id
            WHEN MATCHED THEN UPDATE SET commits = coalesce(own.commits, writers.commits), seen_at = now()
            WHEN NOT MATCHED THEN INSERT (id, commits) VALUES (own.id, NULL);
            COMMIT""";

    /** A value for {@link #COMMIT} that changes nothing, but makes it wait for a standby like any other commit. */
    private static final @Nullable Long THE_SAME = null;

    private static final String NOT_NULL_VIOLATION = "23502";
    private static final String WRITERS = "writers";

    /** Serialization failures and deadlocks. */
    private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

    /** Waits for the transaction that is changing the row. */
    private static final String COMMITS = "SELECT commits FROM writers WHERE id = ? FOR UPDATE";

    private final DataSource source;
    private final ServerMode mode;
    private final String writer = UUID.randomUUID().toString();
    private @Nullable WriterSession session;
    private Backend before;
    private long number;
    /** The last commit that certainly took place. */
    private long acknowledged;

    private @Nullable Doubt doubt;
    /** Whether the database lacks some or all of this server's writes. */
    private boolean followed;

    private volatile boolean closed;
    /** Why the database is unreachable; absent while it is reachable. */
    private @Nullable Throwable away;

    private record Doubt(Transaction transaction, long number) {}

    /** Thrown if the connection broke. Either the transaction left nothing, or its outcome is unknown. */
    private static final class BrokenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenException(Throwable cause) {
            super(cause);
        }
    }

    /**
     * Thrown on a conflict with another server's transaction. This transaction left nothing, and the connection is
     * still good.
     */
    private static final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ConflictException(Throwable cause) {
            super(cause);
        }
    }

    /** Takes ownership of a session with a database that has its tables, and closes it in the end. */
    PostgresTransactions(DataSource source, ServerMode mode, WriterSession session) throws SQLException {
        this.source = source;
        this.mode = mode;
        this.session = session;
        this.before = session.backend();
        session.register(writer, mode);
    }

    @Override
    public void run(Transaction transaction, long since) {
        try {
            runOrGiveUp(transaction, since);
        } catch (DatabaseAwayException e) {
            throw doubt != null && doubt.transaction.equals(transaction) ? new CommitOutcomeUnknownException(e) : e;
        }
    }

    private void runOrGiveUp(Transaction transaction, long since) {
        if (away != null && left(since) < MIN_LEFT.toNanos()) {
            // This write has waited for others that failed, and has no time left for an attempt.
            throw unreachable(away);
        }
        for (int failures = 0; ; failures++) {
            try {
                WriteConnection connection = connected();
                if (settle(connection, transaction)) {
                    return;
                }
                write(connection, transaction);
                return;
            } catch (ConflictException e) {
                if (left(since) <= 0) {
                    throw new DatabaseAwayException("other servers write the same all the time", e);
                }
            } catch (BrokenException e) {
                pause(failures, since, e);
            }
        }
    }

    private WriteConnection connected() {
        if (closed) {
            throw new DatabaseAwayException("the server is shutting down", new IllegalStateException("closed"));
        }
        if (followed) {
            throw followed(new IllegalStateException("the server's row is gone, or older than the server knows"));
        }
        try {
            WriterSession now = session;
            if (now == null || now.isClosed()) {
                session = null;
                now = WriterSession.open(source, mode, before);
                before = now.backend();
                if (!isTheSame(now)) {
                    now.close();
                    throw followed(
                            new IllegalStateException("the server's row is gone, or older than the server knows"));
                }
                session = now;
                if (away != null) {
                    log.info("The database is back");
                    away = null;
                }
            }
            return now.writing();
        } catch (SQLException e) {
            throw new BrokenException(e);
        }
    }

    /** Returns whether a new connection leads to the database that this server left. Closes it if that is unknown. */
    private boolean isTheSame(WriterSession fresh) throws SQLException {
        try {
            return fresh.hasCommits(writer, acknowledged);
        } catch (SQLException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    /**
     * Settles the outcome of the pending transaction, if there is one. Returns whether it is this transaction and took
     * place.
     */
    private boolean settle(WriteConnection connection, Transaction next) {
        Doubt settled = doubt;
        if (settled == null) {
            return false;
        }
        boolean isNext = settled.transaction.equals(next);
        boolean[] committed = new boolean[1];
        attempt(connection, () -> {
            Long commits = connection.queryFirst(COMMITS, row -> row.getLong(1), writer);
            committed[0] = commits != null && commits >= settled.number;
            commit(connection, THE_SAME);
        });
        doubt = null;
        if (committed[0]) {
            acknowledged = settled.number;
        }
        if (!isNext) {
            settled.transaction.settled(committed[0]);
        }
        return committed[0] && isNext;
    }

    private void write(WriteConnection connection, Transaction transaction) {
        long own = ++number;
        attempt(connection, () -> {
            transaction.write(connection);
            // From here until the answer, the outcome is unknown.
            doubt = new Doubt(transaction, own);
            commit(connection, own);
        });
        doubt = null;
        acknowledged = own;
    }

    private void commit(WriteConnection connection, @Nullable Long commits) {
        try {
            connection.executeLast(COMMIT, writer, commits);
        } catch (RuntimeException e) {
            throw isOwnRowMissing(e) ? followed(e) : e;
        }
    }

    /** Returns whether an insertion failed because this server's row is missing. */
    private static boolean isOwnRowMissing(RuntimeException e) {
        ServerErrorMessage told =
                e.getCause() instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        return state(e).equals(NOT_NULL_VIOLATION) && told != null && WRITERS.equals(told.getTable());
    }

    /** Stops all writes of this server. */
    private DatabaseAwayException followed(Exception e) {
        if (!followed) {
            followed = true;
            log.error(
                    "Another server has used the database since this one began, or commits are missing in it; this server"
                            + " writes nothing any more. Restart it");
        }
        return new DatabaseAwayException(
                "another server has used the database since this one began, or commits are missing in it; restart this server",
                e);
    }

    /**
     * Runs the work. If it fails and the connection still works, rolls it back.
     *
     * @throws ConflictException if another transaction caused the failure
     */
    private void attempt(WriteConnection connection, Runnable work) {
        Doubt earlier = doubt;
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (!isBroken(e)) {
                doubt = earlier;
                connection.rollBack(e);
                if (CONFLICTS.contains(state(e))) {
                    throw new ConflictException(e);
                }
                throw e;
            }
            if (session != null) {
                session.close();
            }
            throw new BrokenException(e);
        }
    }

    /** Returns whether the connection is unusable. */
    private boolean isBroken(Throwable e) {
        String state = state(e);
        return session == null
                || session.isClosed()
                // Connection exceptions; shutdown; now a standby; this process was frozen in a transaction.
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.equals("25006")
                || state.equals("25P03");
    }

    private static String state(Throwable e) {
        return e.getCause() instanceof SQLException sql ? String.valueOf(sql.getSQLState()) : "";
    }

    private static long left(long since) {
        return PATIENCE.toNanos() - (System.nanoTime() - since);
    }

    private static DatabaseAwayException unreachable(Throwable cause) {
        return new DatabaseAwayException(
                cause instanceof LockedException locked
                        ? "another server uses the database, from " + locked.holder()
                        : "the database cannot be reached",
                cause);
    }

    private void pause(int failures, long since, BrokenException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (away == null) {
            log.warn("Lost the database; trying to reach it again", cause);
        }
        away = cause;
        long left = left(since) - MIN_LEFT.toNanos();
        if (left <= 0) {
            throw unreachable(cause);
        }
        try {
            Thread.sleep(
                    Duration.ofNanos(Math.min(left, RECONNECT.pause(failures).toNanos())));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DatabaseAwayException("the server is shutting down", interrupted);
        }
    }

    /** An interrupt of a caller's thread would close the connection. */
    @Override
    public boolean isForOneThread() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
        if (session != null) {
            session.close();
        }
    }
}
