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
 * <p>Each transaction stores its number in the server's row of {@code writers}, in one message with its COMMIT. If the connection
 * breaks before, nothing of it is left. If it breaks in that message, nobody knows; the transaction is in doubt. So the next
 * connection first ends the process that served the one before, which settles it, and reads the number: the transaction is
 * repeated if it did not take place, and else not.
 *
 * <p>If the outcome is still unknown after {@link #PATIENCE}, the transaction fails and is settled before the next one. It is never
 * taken back, because other servers may have read it and a node may have started its command.
 */
final class PostgresTransactions implements Transactions {
    private static final Logger log = LoggerFactory.getLogger(PostgresTransactions.class);

    /** How long a write waits for a database that is away. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** An attempt to reach it again may take longer than this where the network swallows packets, and is not begun with less. */
    private static final Duration MIN_LEFT = Duration.ofMillis(500);

    private static final Backoff RECONNECT = Backoff.doubling(Duration.ofMillis(50), Duration.ofSeconds(1));

    /**
     * In one message, with the writes that nobody waits for: it costs no round trip of its own. Where the server's row is missing, the
     * insertion is refused, and with it the COMMIT.
     */
    private static final String COMMIT = """
            MERGE INTO writers USING (VALUES (?, ?::bigint)) AS own (id, commits) ON writers.id = own.id
            WHEN MATCHED THEN UPDATE SET commits = coalesce(own.commits, writers.commits), seen_at = now()
            WHEN NOT MATCHED THEN INSERT (id, commits) VALUES (own.id, NULL);
            COMMIT""";

    /** What {@link #COMMIT} is given to write, so that it waits for a standby as any other, and change nothing. */
    private static final @Nullable Long THE_SAME = null;

    private static final String NOT_NULL_VIOLATION = "23502";
    private static final String WRITERS = "writers";

    /** Serialization failures and deadlocks. */
    private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

    /** Waits for whoever is changing the row. */
    private static final String COMMITS = "SELECT commits FROM writers WHERE id = ? FOR UPDATE";

    private final DataSource source;
    private final ServerMode mode;
    private final String writer = UUID.randomUUID().toString();
    private @Nullable WriterSession session;
    private Backend before;
    private long number;
    /** The last commit that is known to have taken place. */
    private long acknowledged;

    private @Nullable Doubt doubt;
    /** Whether the database is not, or not all of, what this server has written. */
    private boolean followed;

    private volatile boolean closed;
    /** Why the database is away; absent while it is there. */
    private @Nullable Throwable away;

    private record Doubt(Transaction transaction, long number) {}

    /** The connection broke, and nothing is left of the transaction, or it is in doubt. */
    private static final class BrokenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenException(Throwable cause) {
            super(cause);
        }
    }

    /** Another server's transaction was in the way; nothing is left of this one, and the connection is as good as before. */
    private static final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ConflictException(Throwable cause) {
            super(cause);
        }
    }

    /** Takes over a session of a database that has its tables, to close it in the end. */
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
            // It has waited for others that failed, and has no time for an attempt of its own.
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

    /** Whether a new connection leads to the database that this server left; closes it if that cannot be told. */
    private boolean isTheSame(WriterSession fresh) throws SQLException {
        try {
            return fresh.hasCommits(writer, acknowledged);
        } catch (SQLException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    /** Finds out what became of the transaction that is in doubt, if there is one. Says whether it is this one, and took place. */
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
            // From here on, until it is answered.
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

    /** Whether it is the row of this server that could not be there. */
    private static boolean isOwnRowMissing(RuntimeException e) {
        ServerErrorMessage told =
                e.getCause() instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        return state(e).equals(NOT_NULL_VIOLATION) && told != null && WRITERS.equals(told.getTable());
    }

    /** This server writes nothing any more. */
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
     * If it fails and the connection does not break, it is rolled back.
     *
     * @throws ConflictException if that was not its own fault
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

    /** Whether the connection is no use any more. */
    private boolean isBroken(Throwable e) {
        String state = state(e);
        return session == null
                || session.isClosed()
                // Connection exceptions; shut down; a standby now; this process stood still in a transaction.
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
