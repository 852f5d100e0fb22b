// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    /** Completed with what the caller waits for once that is decided. */
    private final CompletableFuture<CompletableFuture<Void>> choice = new CompletableFuture<>();

    private final CompletableFuture<Void> durable = choice.thenCompose(Function.identity());
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
        record.choice.complete(CompletableFuture.completedFuture(null));
        return record;
    }

    /** Completes when the pid, at least, is durable, or could not be stored. */
    CompletableFuture<Void> durable() {
        return durable;
    }

    /** Waits until {@link #durable} is complete, for so long at most. */
    void await(Duration longest) {
        try {
            durable.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Whoever waits for it next hears of it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stores the pid alone, unless it is decided. When this returns, the write has its place before any later one. */
    synchronized void storePid() {
        if (!choice.isDone()) {
            choice.complete(store.update(running, List.of()).thenRun(() -> snapshots.started(running, pid)));
        }
    }

    /** Has the end stored in the pid's place, unless it is decided; {@link #endStored} is to follow in either case. */
    synchronized void leaveToEnd() {
        choice.complete(end);
    }

    /** The end is durable, and shown to whoever asks for it. */
    void endStored() {
        end.complete(null);
    }
}
