// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Runs the transactions that write, and makes them durable. Used by one thread at a time. */
public interface Transactions extends AutoCloseable {
    /**
     * Runs a transaction. It is durable when this returns. If this throws, nothing of it is left.
     *
     * @param since the time of the request, from {@link System#nanoTime}; the wait for an unreachable database is
     *     counted from then
     * @throws DatabaseAwayException if the database cannot be reached, so all other transactions would also fail
     * @throws CommitOutcomeUnknownException if the connection was lost during the COMMIT; {@link Transaction#settled}
     *     is called before the next transaction begins
     */
    void run(Transaction transaction, long since);

    /**
     * Returns whether the last transaction is the first since SQLite restarted its log, when everything before it is in
     * the database file.
     */
    default boolean isFirstInLog() {
        return false;
    }

    /** Returns whether callers must not run writes on their own threads. */
    default boolean isForOneThread() {
        return false;
    }

    /** Does maintenance. Called when no caller waits for the last transaction. */
    default void tidyUp() {}

    @Override
    void close();

    /** Work for one transaction. */
    interface Transaction {
        /** Writes. May run again after a rollback, so it must change only the database. */
        void write(WriteConnection connection);

        /** Reports the outcome after {@link #run} has thrown a {@link CommitOutcomeUnknownException}. */
        default void settled(boolean isCommitted) {}
    }
}
