// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Operations in memory, which can be made to fail. It passes the contract of all stores. */
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
        return jobs.containsKey(job.id())
                ? put(job)
                : CompletableFuture.failedFuture(new IllegalStateException("there is no such operation"));
    }

    @Override
    public Optional<Operation> find(OperationId id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public CompletableFuture<Void> name(OperationId id, String keyId, String name) {
        names.putIfAbsent(keyId + " " + name, id);
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
        return newestFirst()
                .filter(job ->
                        job.vm().equals(vm) && tenants.includes(job.request().tenant()))
                .filter(job ->
                        before == null || before.toString().compareTo(job.id().toString()) > 0)
                .limit(limit)
                .toList();
    }

    private Stream<Operation> newestFirst() {
        return jobs.values().stream()
                .sorted(Comparator.comparing((Operation job) -> job.id().toString())
                        .reversed());
    }

    @Override
    public List<Operation> unfinished() {
        return newestFirst().filter(job -> !job.state().isFinal()).toList().reversed();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBeyond(int newest) {
        Map<Tenant, Integer> kept = new HashMap<>();
        return delete(newestFirst()
                .filter(job -> job.state().isFinal())
                .filter(job -> kept.merge(job.request().tenant(), 1, Integer::sum) > newest));
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        return delete(newestFirst()
                .filter(job -> job.finishedAt() != null && job.finishedAt().isBefore(time)));
    }

    private CompletableFuture<Integer> delete(Stream<Operation> old) {
        List<OperationId> ids = old.map(Operation::id).toList();
        ids.forEach(jobs::remove);
        names.values().removeAll(ids);
        return CompletableFuture.completedFuture(ids.size());
    }
}
