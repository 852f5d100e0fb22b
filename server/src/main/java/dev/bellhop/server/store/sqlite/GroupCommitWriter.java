// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.AuditChain;
import dev.bellhop.server.store.WriteConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the database, one commit at a time.
 *
 * <p>A commit costs an fsync, and SQLite has one writer at a time. So writes queue here, and whatever has gathered while
 * one commit was under way goes into the next: under load one fsync serves many writes, and a write alone waits for
 * nothing. Each write is a transaction of its own to its caller: if one of a group fails, the group is rolled back and
 * its writes are done again one by one, so that only the one at fault fails. What waits to be recorded in the audit trail goes
 * into every transaction.
 *
 * <p>Writes take effect in the order they were submitted, and are durable once their future has completed (SQLite's
 * {@code synchronous=FULL}). A platform thread, since a call into SQLite holds its carrier; but a caller that finds
 * nothing queued and has nothing to do but wait commits its write itself, and so saves handing it over and back, which
 * costs as much as the fsync. At most one does so at a time.
 */
final class GroupCommitWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GroupCommitWriter.class);

    /** Bounds how long the first write of a group waits for the last, and how much is redone after a failure. */
    private static final int MAX_GROUP = 256;

    /** Larger than what it is cut to where it is written from its start. */
    static final long LARGE_LOG_BYTES = WalFile.LIMIT_BYTES + (32L << 20);

    /** How much more is written before the log is emptied again where that did not work. */
    private static final long EMPTYING_STEP_BYTES = 32L << 20;

    static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMillis(500);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Tells the thread that nothing comes after it. */
    private static final Write<?> END = new Write<>(connection -> connection);

    private final WriteConnection connection;
    private final AuditChain audit;
    private final WalFile wal;
    private final StoreMetrics metrics;
    /** The size beyond which the log is emptied next, in bytes. */
    private long emptyBeyond = LARGE_LOG_BYTES;

    private final BlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    /** Held during a commit. */
    private final ReentrantLock committing = new ReentrantLock();
    /** Writes that are queued or in the thread's hands: none may be overtaken. */
    private final AtomicInteger underWay = new AtomicInteger();
    /** Guarded by this. After it is set no write joins the queue. */
    private boolean closed;

    /** Takes over the connection and the log, to close them in the end. What waits in the audit chain goes with each commit. */
    GroupCommitWriter(WriteConnection connection, AuditChain audit, WalFile wal, StoreMetrics metrics) {
        this.connection = connection;
        this.audit = audit;
        this.wal = wal;
        this.metrics = metrics;
        metrics.watchQueue(queue::size);
        this.thread = Thread.ofPlatform().name("store-writer").start(this::run);
    }

    /** A piece of work, and the future of its caller. Completed only after the commit that holds it. */
    private static final class Write<T> {
        private final Function<WriteConnection, T> work;
        private final CompletableFuture<T> future = new CompletableFuture<>();

        Write(Function<WriteConnection, T> work) {
            this.work = work;
        }

        Runnable apply(WriteConnection connection) {
            T result = work.apply(connection);
            return () -> future.complete(result);
        }
    }

    /**
     * Queues work to be done in a transaction; it may be run again after a rollback, so it changes nothing but the
     * database. Fails with {@code STORE_UNAVAILABLE}.
     */
    <T> CompletableFuture<T> submit(Function<WriteConnection, T> work) {
        audit.addIntent();
        Write<T> write = new Write<>(work);
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(unavailable("the server is shutting down"));
            }
            underWay.incrementAndGet();
            queue.add(write);
        }
        return write.future;
    }

    /** As {@link #submit}, for a caller that waits for the write: it may be done on the caller's thread. */
    <T> CompletableFuture<T> submitAndWait(Function<WriteConnection, T> work) {
        audit.addIntent();
        if (committing.tryLock()) {
            try {
                if (underWay.get() == 0 && !isClosed()) {
                    Write<T> write = new Write<>(work);
                    commit(List.of(write));
                    return write.future;
                }
            } finally {
                committing.unlock();
            }
        }
        return submit(work);
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void run() {
        List<Write<?>> group = new ArrayList<>();
        try {
            while (true) {
                group.add(queue.take());
                queue.drainTo(group, MAX_GROUP - 1);
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
            // Only after a fault is anything left. Whoever waits for it has to hear, and nobody may queue up any more.
            synchronized (this) {
                closed = true;
            }
            queue.drainTo(group);
            group.forEach(write -> write.future.completeExceptionally(unavailable("the server's writer has ended")));
        }
    }

    private void commit(List<Write<?>> group) {
        if (group.isEmpty() && audit.waiting() == 0) {
            return;
        }
        List<Runnable> done = new ArrayList<>();
        long begun = System.nanoTime();
        try {
            connection.inTransaction(() -> {
                audit.begin(connection);
                group.forEach(write -> done.add(write.apply(connection)));
                audit.finish(connection);
            });
        } catch (RuntimeException | Error e) {
            if (group.size() > 1) {
                group.forEach(write -> commit(List.of(write)));
            } else if (audit.forget()) {
                commit(group);
            } else {
                log.error("Cannot write to the database", e);
                metrics.writeFailed();
                group.forEach(
                        write -> write.future.completeExceptionally(unavailable("the database refused the write")));
            }
            return;
        }
        metrics.committed(begun);
        audit.committed(wal.isBegunAnew());
        done.forEach(Runnable::run);
        boundLog();
    }

    /**
     * SQLite writes the log from its start only where no reader is in it just then, and where some always are it would grow
     * without end. So where it is large, commits wait for those readers, for a moment; new ones do without the log.
     */
    private void boundLog() {
        long size = wal.size();
        if (size <= LARGE_LOG_BYTES) {
            emptyBeyond = LARGE_LOG_BYTES;
        } else if (size > emptyBeyond) {
            try {
                emptyLog();
            } catch (RuntimeException e) {
                log.warn("Cannot empty the database's log now", e);
            }
            // By bytes and not by time: a quick disk takes hundreds of MiB in a second.
            emptyBeyond = Math.max(LARGE_LOG_BYTES, wal.size() + EMPTYING_STEP_BYTES);
        }
    }

    /** Copies the log into the database and cuts it to nothing; leaves it where readers stay in it for longer. */
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

    private static BellhopException unavailable(String why) {
        return new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because " + why);
    }

    /** Finishes what is queued, then closes the connection. */
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
            connection.close();
            wal.close();
        } finally {
            committing.unlock();
        }
    }
}
