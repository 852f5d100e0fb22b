// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.tenant.Tenant;
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
public final class MemoryOperationStore implements OperationStore {
    private final MemoryAuditStore audit;
    private final Map<OperationId, Operation> operations = new ConcurrentHashMap<>();

    private final Map<String, OperationId> names = new ConcurrentHashMap<>();

    /** What happens right after somebody has looked for a name the next time. */
    final AtomicReference<Runnable> afterNamed = new AtomicReference<>(() -> {});

    /** What happens right after one is inserted. */
    volatile Runnable whenInserted = () -> {};

    /** Whether writes fail. */
    volatile boolean fails;

    final AtomicInteger failures = new AtomicInteger();

    MemoryOperationStore() {
        this(new MemoryAuditStore());
    }

    public MemoryOperationStore(MemoryAuditStore audit) {
        this.audit = audit;
    }

    private void requireWorking() {
        if (fails) {
            failures.incrementAndGet();
            throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the test says so");
        }
    }

    @Override
    public CompletableFuture<Boolean> insert(Operation operation) {
        CompletableFuture<Boolean> stored = audit.write(() -> {
            requireWorking();
            OperationRequest request = operation.request();
            String name = request.idempotencyName();
            if (name != null && names.putIfAbsent(request.keyId() + " " + name, operation.id()) != null) {
                return false;
            }
            require(operations.putIfAbsent(operation.id(), operation) == null);
            return true;
        });
        whenInserted.run();
        return stored;
    }

    @Override
    public CompletableFuture<Boolean> endUnbegun(Operation failed, @Nullable OperationId successor) {
        return audit.write(() -> {
            Operation stored = operations.get(failed.id());
            if (stored == null || stored.state().isFinal() || !stored.steps().isEmpty()) {
                return false;
            }
            operations.replace(failed.id(), successor == null ? failed : failed.unnamed());
            if (successor != null) {
                names.replaceAll((name, named) -> named.equals(failed.id()) ? successor : named);
            }
            audit.add(EndEntries.of(failed));
            return true;
        });
    }

    @Override
    public CompletableFuture<Void> update(Operation operation) {
        return audit.change(() -> {
            requireWorking();
            require(operations.replace(operation.id(), operation) != null);
            if (operation.state().isFinal()) {
                audit.add(EndEntries.of(operation));
            }
        });
    }

    @Override
    public Optional<Operation> find(OperationId id) {
        return Optional.ofNullable(operations.get(id));
    }

    @Override
    public CompletableFuture<Void> name(OperationId id, String keyId, String name) {
        return audit.change(() -> names.putIfAbsent(keyId + " " + name, id));
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
        return operations.values().stream()
                .filter(operation -> operation.request().keyId().equals(keyId)
                        && name.equals(operation.request().idempotencyName()))
                .findFirst();
    }

    @Override
    public OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit) {
        List<Operation> found = newestFirst()
                .filter(filter::matches)
                .filter(operation -> before == null
                        || before.toString().compareTo(operation.id().toString()) > 0)
                .toList();
        List<Operation> page = found.subList(0, Math.min(limit, found.size()));
        return new OperationPage(
                page, page.size() < found.size() ? page.getLast().id() : null);
    }

    private Stream<Operation> newestFirst() {
        return operations.values().stream()
                .sorted(Comparator.comparing(
                                (Operation operation) -> operation.id().toString())
                        .reversed());
    }

    @Override
    public List<Operation> unfinished() {
        return newestFirst()
                .filter(operation -> !operation.state().isFinal())
                .toList()
                .reversed();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBeyond(int newest) {
        Map<Tenant, Integer> kept = new HashMap<>();
        return delete(newestFirst()
                .filter(operation -> operation.state().isFinal())
                .filter(operation -> kept.merge(operation.request().tenant(), 1, Integer::sum) > newest));
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        return delete(newestFirst()
                .filter(operation ->
                        operation.finishedAt() != null && operation.finishedAt().isBefore(time)));
    }

    private CompletableFuture<Integer> delete(Stream<Operation> old) {
        List<OperationId> ids = old.map(Operation::id).toList();
        return audit.write(() -> {
            operations.keySet().removeAll(ids);
            names.values().removeAll(ids);
            return ids.size();
        });
    }
}
