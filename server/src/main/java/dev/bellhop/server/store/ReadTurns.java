// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs list queries, which take longer than other reads and come in any number. A few threads read one list per account
 * at a time, and the accounts take turns. So an account with many requests delays its own lists, and all other lists by
 * at most one. The threads are platform threads, because a call into SQLite pins its carrier, which all other work
 * shares. Thread safe.
 */
final class ReadTurns implements AutoCloseable {
    /** The limit of waiting reads per account; each one holds a request. */
    static final int MAX_WAITING = 100;

    /** Both guarded by this. By account, in the order of their turns. */
    private final Map<TenantFilter, Waiting> byReader = new LinkedHashMap<>();

    private boolean closed;
    private final List<Thread> threads = new ArrayList<>();

    private static final class Waiting {
        private final ArrayDeque<Read<?>> reads = new ArrayDeque<>();
        private boolean reading;
    }

    private record Read<T>(Supplier<T> work, CompletableFuture<T> result) {
        void run() {
            try {
                result.complete(work.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        }
    }

    ReadTurns(int readers) {
        for (int i = 0; i < readers; i++) {
            threads.add(Thread.ofPlatform().name("store-lists-" + i).daemon().start(this::run));
        }
    }

    /**
     * Runs the work when the account's turn comes.
     *
     * @throws BellhopException {@code TOO_MANY_REQUESTS} if too many of the account's reads wait; also any exception of
     *     the work
     */
    <T> T read(TenantFilter readers, Supplier<T> work) {
        Read<T> read = new Read<>(work, new CompletableFuture<>());
        add(readers, read);
        try {
            return read.result.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BellhopException known ? known : e;
        }
    }

    private synchronized void add(TenantFilter readers, Read<?> read) {
        if (closed) {
            throw shuttingDown();
        }
        Waiting waiting = byReader.computeIfAbsent(readers, name -> new Waiting());
        if (waiting.reads.size() >= MAX_WAITING) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "Cannot list this now because " + MAX_WAITING
                            + " lists of this account wait already; ask for fewer at once",
                    null,
                    1);
        }
        waiting.reads.add(read);
        notify();
    }

    private static BellhopException shuttingDown() {
        return new BellhopException(
                ErrorCode.STORE_UNAVAILABLE, "Cannot look this up because the server is shutting down");
    }

    synchronized int waiting() {
        return byReader.values().stream()
                .mapToInt(waiting -> waiting.reads.size())
                .sum();
    }

    private void run() {
        try {
            while (true) {
                Map.Entry<TenantFilter, Read<?>> next = next();
                if (next == null) {
                    return;
                }
                next.getValue().run();
                done(next.getKey());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the next read. Absent after {@link #close}, when none are left. */
    private synchronized Map.@Nullable Entry<TenantFilter, Read<?>> next() throws InterruptedException {
        while (true) {
            for (Map.Entry<TenantFilter, Waiting> entry : byReader.entrySet()) {
                Waiting waiting = entry.getValue();
                if (!waiting.reading && !waiting.reads.isEmpty()) {
                    waiting.reading = true;
                    return Map.entry(entry.getKey(), waiting.reads.remove());
                }
            }
            if (closed) {
                return null;
            }
            wait();
        }
    }

    /** Moves the account behind the others. */
    private synchronized void done(TenantFilter readers) {
        Waiting waiting = byReader.remove(readers);
        if (waiting != null && !waiting.reads.isEmpty()) {
            waiting.reading = false;
            byReader.put(readers, waiting);
            notify();
        }
    }

    /** Fails the waiting reads, and waits for the running ones. */
    @Override
    public void close() {
        List<Read<?>> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (Waiting waiting : byReader.values()) {
                left.addAll(waiting.reads);
                waiting.reads.clear();
            }
            notifyAll();
        }
        left.forEach(read -> read.result.completeExceptionally(shuttingDown()));
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
