// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the database, one commit at a time.
 *
 * <p>A commit costs an fsync, and there is one writer. So writes queue here, and all writes that arrive during one
 * commit share the next. Under load one fsync serves many writes, and a single write waits for nothing. To its caller,
 * each write is a separate transaction: if a write of a group fails, the group is rolled back and its writes run again
 * one by one, so only the faulty one fails. Every transaction also contains the waiting entries of the audit trail.
 *
 * <p>Writes take effect in the order of submission, and are durable once their future completes. The writer is a
 * platform thread, because a call into SQLite pins its carrier. A caller that finds the queue empty and only waits for
 * its write commits it on its own thread. This saves two thread handoffs, which cost as much as the fsync. At most one
 * caller does so at a time.
 */
final class GroupCommitWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GroupCommitWriter.class);

    /** Bounds how long the first write of a group waits for the last, and how much is redone after a failure. */
    private static final int MAX_GROUP = 256;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Marks the end of the queue. */
    private static final Write<?> END = new Write<>(connection -> connection, false);

    /** While the outcome of a commit is unknown, the pause between two attempts to learn it. A write ends the pause. */
    private static final Duration SETTLE_INTERVAL = Duration.ofSeconds(1);

    private final Transactions transactions;
    private final boolean oneThread;
    private final AuditChain audit;
    private final StoreMetrics metrics;

    private final BlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    /** Held during a commit. */
    private final ReentrantLock committing = new ReentrantLock();
    /** Writes that are queued or in the thread's hands: none may be overtaken. */
    private final AtomicInteger underWay = new AtomicInteger();
    /** Whether the outcome of the last commit is unknown. Used only by the thread. */
    private boolean isOutcomeUnknown;
    /** Guarded by this. Once set, no write joins the queue. */
    private boolean closed;

    /**
     * Takes ownership of the transactions and closes them in the end. Each commit includes the waiting entries of the
     * audit chain.
     */
    GroupCommitWriter(Transactions transactions, AuditChain audit, StoreMetrics metrics) {
        this.transactions = transactions;
        this.oneThread = transactions.isForOneThread();
        this.audit = audit;
        this.metrics = metrics;
        metrics.watchQueue(queue::size);
        this.thread = Thread.ofPlatform().name("store-writer").start(this::run);
    }

    /** A piece of work and its caller's future, which completes only after the commit. */
    private static final class Write<T> {
        private final Function<WriteConnection, T> work;
        private final boolean awaitsOutcome;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private final long since = System.nanoTime();

        Write(Function<WriteConnection, T> work, boolean awaitsOutcome) {
            this.work = work;
            this.awaitsOutcome = awaitsOutcome;
        }

        Runnable apply(WriteConnection connection) {
            T result = work.apply(connection);
            return () -> future.complete(result);
        }

        void fail(String why) {
            future.completeExceptionally(unavailable(why));
        }

        void failWithUnknownOutcome(@Nullable String why) {
            future.completeExceptionally(new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot say whether this was stored because " + why));
        }
    }

    /** The writes of one transaction. */
    private final class Group implements Transactions.Transaction {
        private final List<Write<?>> writes;
        private final List<Runnable> done = new ArrayList<>();
        private int entries;

        Group(List<Write<?>> writes) {
            this.writes = List.copyOf(writes);
        }

        @Override
        public void write(WriteConnection connection) {
            done.clear();
            audit.begin(connection);
            entries = audit.taken();
            for (Write<?> write : writes) {
                done.add(write.apply(connection));
            }
            audit.finish(connection);
        }

        /** Writes that have already failed keep their failure. */
        @Override
        public void settled(boolean isCommitted) {
            isOutcomeUnknown = false;
            if (isCommitted) {
                audit.drop(entries);
                done.forEach(Runnable::run);
            } else {
                writes.forEach(write -> write.fail("the database went away"));
            }
        }
    }

    /**
     * Queues work for a transaction. It may run again after a rollback, so it must change only the database. Fails with
     * {@code STORE_UNAVAILABLE}.
     */
    <T> CompletableFuture<T> submit(Function<WriteConnection, T> work) {
        return submit(new Write<>(work, false));
    }

    private <T> CompletableFuture<T> submit(Write<T> write) {
        audit.addIntent();
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(unavailable("the server is shutting down"));
            }
            underWay.incrementAndGet();
            queue.add(write);
        }
        return write.future;
    }

    /** Like {@link #submit}, for a caller that waits for the write: it may run on the caller's thread. */
    <T> CompletableFuture<T> submitAndWait(Function<WriteConnection, T> work) {
        return submitAndWait(new Write<>(work, false));
    }

    /** Like {@link #submitAndWait}, but the future does not complete while the outcome of the commit is unknown. */
    <T> CompletableFuture<T> submitUntilOutcome(Function<WriteConnection, T> work) {
        return submitAndWait(new Write<>(work, true));
    }

    private <T> CompletableFuture<T> submitAndWait(Write<T> write) {
        if (!oneThread && committing.tryLock()) {
            try {
                if (underWay.get() == 0 && !isClosed()) {
                    audit.addIntent();
                    commit(List.of(write));
                    return write.future;
                }
            } finally {
                committing.unlock();
            }
        }
        return submit(write);
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void run() {
        List<Write<?>> group = new ArrayList<>();
        try {
            while (true) {
                Write<?> first =
                        isOutcomeUnknown ? queue.poll(SETTLE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS) : queue.take();
                if (first != null) {
                    group.add(first);
                    queue.drainTo(group, MAX_GROUP - 1);
                }
                boolean last = group.removeIf(write -> write == END);
                committing.lock();
                try {
                    commit(group);
                } finally {
                    committing.unlock();
                    underWay.addAndGet(-group.size());
                }
                group.clear();
                if (last) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Writes are left only after a fault. Their callers must get an error, and no further write may join the
            // queue.
            synchronized (this) {
                closed = true;
            }
            queue.drainTo(group);
            group.forEach(write -> write.fail("the server's writer has ended"));
        }
    }

    private void commit(List<Write<?>> writes) {
        if (writes.isEmpty() && audit.waiting() == 0 && !isOutcomeUnknown) {
            return;
        }
        Group group = new Group(writes);
        long begun = System.nanoTime();
        try {
            transactions.run(group, writes.isEmpty() ? begun : writes.getFirst().since);
        } catch (CommitOutcomeUnknownException e) {
            isOutcomeUnknown = true;
            audit.forget();
            metrics.writeFailed();
            for (Write<?> write : writes) {
                if (!write.awaitsOutcome) {
                    write.failWithUnknownOutcome(e.getMessage());
                }
            }
            return;
        } catch (DatabaseAwayException e) {
            audit.forget();
            metrics.writeFailed();
            writes.forEach(write -> write.fail(e.why()));
            return;
        } catch (RuntimeException | Error e) {
            if (writes.size() > 1) {
                writes.forEach(write -> commit(List.of(write)));
            } else if (e instanceof OutdatedException) {
                writes.forEach(write -> write.future.completeExceptionally(e));
            } else if (audit.forget()) {
                commit(writes);
            } else {
                log.error("Cannot write to the database", e);
                metrics.writeFailed();
                writes.forEach(write -> write.fail("the database refused the write"));
            }
            return;
        }
        metrics.committed(begun);
        audit.committed(transactions.isFirstInLog());
        group.done.forEach(Runnable::run);
        transactions.tidyUp();
    }

    private static BellhopException unavailable(String why) {
        return new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because " + why);
    }

    /** Finishes the queued writes, then closes the connection. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            queue.add(END);
        }
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        committing.lock();
        try {
            transactions.close();
        } finally {
            committing.unlock();
        }
    }
}
