// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What is stored first of a command after it has started, which its caller waits for: its pid, or, where it is known to
 * have ended by then, its pid and its end at once. Most commands are that short, and a commit less is a good part of
 * their time. Whichever of the two comes first decides, and the other then leaves it alone. Thread safe.
 */
final class FirstRecord {
    private final ExecutionStore store;
    private final Snapshots snapshots;
    private final Execution running;
    private final long pid;
    private final CountDownLatch decided = new CountDownLatch(1);
    /** Completed with what the caller waits for once that is decided. */
    private final CompletableFuture<CompletableFuture<Void>> choice = new CompletableFuture<>();

    private final CompletableFuture<Void> end = new CompletableFuture<>();

    FirstRecord(ExecutionStore store, Snapshots snapshots, Execution running, long pid) {
        this.store = store;
        this.snapshots = snapshots;
        this.running = running;
        this.pid = pid;
    }

    /** Of an execution whose pid is stored already. */
    static FirstRecord done(ExecutionStore store, Snapshots snapshots, Execution running, long pid) {
        FirstRecord record = new FirstRecord(store, snapshots, running, pid);
        record.decide(CompletableFuture.completedFuture(null));
        return record;
    }

    /** Completes when the pid, at least, is durable, or could not be stored. */
    CompletableFuture<Void> durable() {
        return choice.thenCompose(Function.identity());
    }

    /** Waits until it is decided, for so long at most. */
    void awaitDecision(Duration longest) {
        try {
            boolean ignored = decided.await(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stores the pid alone, unless it is decided. When this returns, the write has its place before any later one. */
    synchronized void storePid() {
        if (decided.getCount() > 0) {
            decide(store.update(running, List.of()).thenRun(() -> snapshots.started(running, pid)));
        }
    }

    /** Whether the end is to be stored in the pid's place, which it is unless it is decided; {@link #endStored} follows. */
    synchronized boolean leaveToEnd() {
        if (decided.getCount() == 0) {
            return false;
        }
        decide(end);
        return true;
    }

    /** The end is durable, and shown to whoever asks for it. */
    void endStored() {
        end.complete(null);
    }

    private void decide(CompletableFuture<Void> write) {
        choice.complete(write);
        decided.countDown();
    }
}
