// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.store.DatabaseAwayException;
import dev.bellhop.server.store.Transactions;
import dev.bellhop.server.store.WriteConnection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/** Transactions in a file, each durable by SQLite's {@code synchronous=FULL}. Bounds the size of the log. */
final class SqliteTransactions implements Transactions {
    private static final Logger log = LoggerFactory.getLogger(SqliteTransactions.class);

    /** Larger than {@link WalFile#LIMIT_BYTES}, SQLite's limit for a restarted log. */
    static final long LARGE_LOG_BYTES = WalFile.LIMIT_BYTES + (32L << 20);

    /** How much more is written before the next attempt to empty the log. */
    private static final long EMPTYING_STEP_BYTES = 32L << 20;

    /** How long after its request a write fails if another process has locked the file. */
    static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

    /** A write that has waited for less than this has the whole timeout. A late write still has at least this long. */
    private static final Duration SHORT_WAIT = Duration.ofMillis(250);

    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMillis(500);

    private final WriteConnection connection;
    private final WalFile wal;
    /** The size beyond which the log is emptied next, in bytes. */
    private long emptyBeyond = LARGE_LOG_BYTES;

    /** Takes ownership of both, and closes them in the end. */
    SqliteTransactions(WriteConnection connection, WalFile wal) {
        this.connection = connection;
        this.wal = wal;
    }

    @Override
    public void run(Transaction transaction, long since) {
        begin(since);
        try {
            transaction.write(connection);
            connection.execute("COMMIT");
        } catch (RuntimeException | Error e) {
            connection.rollBack(e);
            throw e;
        }
    }

    /** Only this waits for the lock. */
    private void begin(long since) {
        Duration waited = Duration.ofNanos(System.nanoTime() - since);
        boolean isLate = waited.compareTo(SHORT_WAIT) > 0;
        if (isLate) {
            Duration left = BUSY_TIMEOUT.minus(waited);
            setBusyTimeout(left.compareTo(SHORT_WAIT) < 0 ? SHORT_WAIT : left);
        }
        try {
            connection.execute("BEGIN IMMEDIATE");
        } catch (RuntimeException e) {
            throw isBusy(e) ? new DatabaseAwayException("another process has locked the database", e) : e;
        } finally {
            if (isLate) {
                setBusyTimeout(BUSY_TIMEOUT);
            }
        }
    }

    private static boolean isBusy(RuntimeException failure) {
        return failure.getCause() instanceof SQLException cause
                && (cause.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
    }

    @Override
    public boolean isFirstInLog() {
        return wal.isBegunAnew();
    }

    /**
     * Limits the log. SQLite restarts it only at a moment without readers, so with constant readers it would grow
     * without limit. So if it is large, commits wait for those readers for a moment; new readers do not use the log.
     */
    @Override
    public void tidyUp() {
        long size = wal.size();
        if (size <= LARGE_LOG_BYTES) {
            emptyBeyond = LARGE_LOG_BYTES;
        } else if (size > emptyBeyond) {
            try {
                emptyLog();
            } catch (RuntimeException e) {
                log.warn("Cannot empty the database's log now", e);
            }
            // By bytes and not by time: a fast disk writes hundreds of MiB in a second.
            emptyBeyond = Math.max(LARGE_LOG_BYTES, wal.size() + EMPTYING_STEP_BYTES);
        }
    }

    /** Copies the log into the database and truncates it; leaves it if readers stay in it for longer. */
    private void emptyLog() {
        setBusyTimeout(CHECKPOINT_TIMEOUT);
        try {
            connection.queryFirst("PRAGMA wal_checkpoint(TRUNCATE)", row -> row.getInt(1));
        } finally {
            setBusyTimeout(BUSY_TIMEOUT);
        }
    }

    private void setBusyTimeout(Duration timeout) {
        connection.queryFirst("PRAGMA busy_timeout = " + timeout.toMillis(), row -> row.getInt(1));
    }

    @Override
    public void close() {
        connection.close();
        wal.close();
    }
}
