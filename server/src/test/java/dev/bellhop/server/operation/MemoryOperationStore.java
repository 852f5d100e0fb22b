// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Jobs in memory, which can be made to fail. */
final class MemoryOperationStore implements OperationStore {
    private final Map<OperationId, Operation> jobs = new ConcurrentHashMap<>();

    private final Map<String, OperationId> names = new ConcurrentHashMap<>();

    /** What happens right after somebody has looked for a name the next time. */
    final AtomicReference<Runnable> afterNamed = new AtomicReference<>(() -> {});

    /** What happens right after one is inserted. */
    volatile Runnable whenInserted = () -> {};

    /** Whether writes fail. */
    volatile boolean fails;

    final AtomicInteger failures = new AtomicInteger();

    private CompletableFuture<Void> put(Operation job) {
        if (fails) {
            failures.incrementAndGet();
            return CompletableFuture.failedFuture(new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store"));
        }
        jobs.put(job.id(), job);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> insert(Operation job) {
        CompletableFuture<Void> stored = put(job);
        whenInserted.run();
        return stored;
    }

    @Override
    public CompletableFuture<Void> update(Operation job) {
        return put(job);
    }

    @Override
    public Optional<Operation> find(OperationId id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public CompletableFuture<Void> name(OperationId id, String keyId, String name) {
        names.put(keyId + " " + name, id);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Optional<Operation> named(String keyId, String name) {
        Runnable then = afterNamed.getAndSet(() -> {});
        OperationId other = names.get(keyId + " " + name);
        Optional<Operation> found = other == null ? ownNamed(keyId, name) : find(other);
        then.run();
        return found;
    }

    private Optional<Operation> ownNamed(String keyId, String name) {
        return jobs.values().stream()
                .filter(job -> job.request().keyId().equals(keyId)
                        && name.equals(job.request().idempotencyName()))
                .findFirst();
    }

    @Override
    public List<Operation> list(VmId vm, TenantFilter tenants, @Nullable OperationId before, int limit) {
        return jobs.values().stream()
                .filter(job ->
                        job.vm().equals(vm) && tenants.includes(job.request().tenant()))
                .toList();
    }

    @Override
    public List<Operation> unfinished() {
        return jobs.values().stream()
                .filter(job -> !job.state().isFinal())
                .sorted(Comparator.comparing(Operation::createdAt))
                .toList();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBeyond(int newest) {
        return CompletableFuture.completedFuture(0);
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        return CompletableFuture.completedFuture(0);
    }
}
