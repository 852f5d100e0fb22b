// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Remembers for a moment what was learned of each VM, so that clients that poll do not have it asked each time; who asks
 * while it is being learned waits for it. Thread safe.
 */
final class ShortMemory<V> {
    private final Duration kept;
    private final int most;
    private final LongSupplier nanos;

    /** In the order in which they were begun. Guarded by itself. */
    private final Map<VmId, Entry<V>> entries = new LinkedHashMap<>();

    /** Something that is being learned, or was. */
    private static final class Entry<V> {
        final CompletableFuture<V> value = new CompletableFuture<>();
        /** When it was learned. Written before the value is. */
        volatile long learnedAt;
    }

    /**
     * One that is empty.
     *
     * @param most VMs to be remembered; beyond them the oldest is forgotten
     * @param nanos the time, as {@link System#nanoTime} tells it
     */
    ShortMemory(Duration kept, int most, LongSupplier nanos) {
        this.kept = kept;
        this.most = most;
        this.nanos = nanos;
    }

    /** What is remembered of a VM, or else what is to be learned now, on this thread. */
    V get(VmId vm, Supplier<V> learn) {
        Entry<V> mine = new Entry<>();
        Entry<V> found;
        synchronized (entries) {
            entries.values().removeIf(this::isOver);
            found = entries.putIfAbsent(vm, mine);
            if (found == null && entries.size() > most) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
        if (found != null) {
            return await(found);
        }
        try {
            V learned = learn.get();
            mine.learnedAt = nanos.getAsLong();
            mine.value.complete(learned);
            return learned;
        } catch (RuntimeException | Error e) {
            synchronized (entries) {
                entries.remove(vm, mine);
            }
            mine.value.completeExceptionally(e);
            throw e;
        }
    }

    /** What is remembered of a VM. */
    Optional<V> remembered(VmId vm) {
        synchronized (entries) {
            Entry<V> found = entries.get(vm);
            return found == null || !found.value.isDone() || isOver(found)
                    ? Optional.empty()
                    : Optional.of(found.value.resultNow());
        }
    }

    /** Forgets a VM, and what is being learned of it too. */
    void forget(VmId vm) {
        synchronized (entries) {
            entries.remove(vm);
        }
    }

    private boolean isOver(Entry<V> entry) {
        return entry.value.isDone() && nanos.getAsLong() - entry.learnedAt >= kept.toNanos();
    }

    private static <V> V await(Entry<V> entry) {
        try {
            return entry.value.join();
        } catch (CompletionException e) {
            // It was not this thread's, so it goes on with the trace of where it began.
            throw new IllegalStateException("Cannot tell what another request failed to learn", e.getCause());
        }
    }
}
