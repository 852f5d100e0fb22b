// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Runs the transactions that write, and makes them durable. Used by one thread at a time. */
public interface Transactions extends AutoCloseable {
    /**
     * Runs one; it is durable when this returns, and nothing is left of it when this throws.
     *
     * @param since when it was asked for, of {@link System#nanoTime}; a database that is away is waited for from then on
     * @throws DatabaseAwayException if the database cannot be reached, so that no other transaction would fare better
     * @throws CommitOutcomeUnknownException if the database went away during the COMMIT; {@link Transaction#settled} is called before the
     *     next transaction begins
     */
    void run(Transaction transaction, long since);

    /** Whether the last one is the first in a log that was begun anew, so that all before it is in the database's file. */
    default boolean isFirstInLog() {
        return false;
    }

    /** Whether a caller that waits for a write must not run it on its own thread. */
    default boolean isForOneThread() {
        return false;
    }

    /** To be called when nobody waits for the last one any more. */
    default void tidyUp() {}

    @Override
    void close();

    /** What is to be written. */
    interface Transaction {
        /** Writes. May be called again after a rollback, so that it changes nothing but the database. */
        void write(WriteConnection connection);

        /** Reports the outcome after {@link #run} has thrown a {@link CommitOutcomeUnknownException}. */
        default void settled(boolean isCommitted) {}
    }
}
