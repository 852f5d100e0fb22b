// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Remembers for a moment what was learned of each VM, so that clients that poll do not have it asked each time; who asks
 * while it is being learned waits for it. Thread safe.
 */
final class ShortMemory<V> {
    private final AsyncCache<VmId, V> entries;

    /**
     * One that is empty.
     *
     * @param kept from when it was learned on
     * @param most VMs to be remembered; beyond them some are forgotten
     * @param nanos the time, as {@link System#nanoTime} tells it
     */
    ShortMemory(Duration kept, int most, LongSupplier nanos) {
        this.entries = Caffeine.newBuilder()
                .expireAfterWrite(kept)
                .maximumSize(most)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .buildAsync();
    }

    /** What is remembered of a VM, or else what is to be learned now, on this thread. */
    V get(VmId vm, Supplier<V> learn) {
        CompletableFuture<V> mine = new CompletableFuture<>();
        CompletableFuture<V> found = entries.asMap().putIfAbsent(vm, mine);
        if (found != null) {
            return await(found);
        }
        try {
            V learned = learn.get();
            mine.complete(learned);
            return learned;
        } finally {
            // Where it has failed. What is cancelled is not remembered.
            mine.cancel(false);
        }
    }

    /** What is remembered of a VM. */
    Optional<V> remembered(VmId vm) {
        return Optional.ofNullable(entries.getIfPresent(vm))
                .filter(found -> found.state() == CompletableFuture.State.SUCCESS)
                .map(CompletableFuture::resultNow);
    }

    /** Forgets a VM, and what is being learned of it too. */
    void forget(VmId vm) {
        entries.asMap().remove(vm);
    }

    private static <V> V await(CompletableFuture<V> found) {
        try {
            return found.join();
        } catch (CancellationException e) {
            throw new IllegalStateException("Cannot tell what another request failed to learn", e);
        }
    }
}
