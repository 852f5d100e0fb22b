// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Executions in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemoryStore implements ExecutionStore, ExecutionReader, ExecutionIntake, ExecutionJournal {
    private static final long STEP_BYTES = 4 << 20;
    private static final long LONG = 8 * 1024;

    private final StorageQuota quota;
    private final MemoryAuditStore audit;

    public MemoryStore() {
        this(TestExecutions.unlimited());
    }

    public MemoryStore(StorageQuota quota) {
        this(quota, new MemoryAuditStore());
    }

    public MemoryStore(StorageQuota quota, MemoryAuditStore audit) {
        this.quota = quota;
        this.audit = audit;
    }

    @Override
    public ExecutionReader reader() {
        return this;
    }

    @Override
    public ExecutionIntake intake() {
        return this;
    }

    @Override
    public ExecutionJournal journal() {
        return this;
    }

    private record Place(ExecutionId id, OutputStreamName stream, long offset) {}

    private static final Comparator<Place> BY_PLACE =
            Comparator.comparing(Place::id).thenComparing(Place::stream).thenComparingLong(Place::offset);

    /** Both guarded by this. */
    private final Map<ExecutionId, Execution> executions = new TreeMap<>();

    private final Map<Place, OutputChunk> chunks = new TreeMap<>(BY_PLACE);

    private final Map<ExecutionId, CommandLine> commands = new TreeMap<>();

    private final Map<ExecutionId, StartOptions> deliveries = new TreeMap<>();

    private final Map<ExecutionId, Long> sizes = new TreeMap<>();

    private final Map<ExecutionId, StartIntent> asked = new TreeMap<>();

    private final Map<ExecutionId, Duration> cancels = new TreeMap<>();

    private final Map<ExecutionId, OpenFiles> open = new TreeMap<>();

    private final Map<ExecutionId, Long> revisions = new HashMap<>();

    private record Caller(String keyId, String name) {}

    private final Map<Caller, Insertion.Known> keys = new HashMap<>();

    @Override
    public synchronized CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent askedNext, @Nullable IdempotencyKey key) {
        AuditIntent.about(execution.id().toString());
        return audit.write(() -> {
            Caller caller = key == null ? null : new Caller(key.keyId(), key.name());
            if (caller != null && keys.containsKey(caller)) {
                return keys.get(caller);
            }
            require(!executions.containsKey(execution.id()));
            quota.begin(
                    execution.id(),
                    execution.spec().tenant(),
                    StorageQuota.executionBytes(
                            execution.spec().command().text().length(), 0, 0),
                    StorageQuota.optionsBytes(options.stdin() == null ? 0 : options.stdin().length));
            if (caller != null && key != null) {
                keys.put(caller, new Insertion.Known(execution.id(), key));
            }
            deliveries.put(execution.id(), options);
            if (askedNext != null) {
                asked.put(execution.id(), askedNext);
            }
            commands.put(execution.id(), execution.spec().command());
            revisions.put(execution.id(), 1L);
            executions.put(execution.id(), execution.shortened());
            return new Insertion.Inserted();
        });
    }

    @Override
    public synchronized Optional<Insertion.Known> known(String keyId, String name) {
        return Optional.ofNullable(keys.get(new Caller(keyId, name)));
    }

    @Override
    public synchronized Optional<CommandLine> command(ExecutionId id) {
        return Optional.ofNullable(commands.get(id));
    }

    @Override
    public synchronized long longBytes(ExecutionId id) {
        long command = find(id).filter(Execution::hasMore).isPresent()
                ? command(id).orElseThrow().length()
                : 0;
        return command
                + startOptions(id)
                        .map(StartOptions::length)
                        .filter(length -> length > LONG)
                        .orElse(0L);
    }

    @Override
    public synchronized Optional<StartOptions> startOptions(ExecutionId id) {
        return find(id).filter(execution -> execution.state() == ExecutionState.PENDING)
                .map(execution -> deliveries.get(id));
    }

    @Override
    public synchronized Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        List<Execution> found = executions.values().stream()
                .filter(filter::matches)
                .filter(e -> before == null || e.id().compareTo(before) < 0)
                .sorted(Comparator.comparing(Execution::id).reversed())
                .toList();
        List<Execution> page = found.subList(0, Math.min(limit, found.size()));
        return new Page(page, page.size() < found.size() ? page.getLast().id() : null);
    }

    @Override
    public synchronized List<ExecutionId> unfinished(VmId vm, int limit) {
        return executions.values().stream()
                .filter(e -> e.vm().equals(vm) && !e.state().isFinal())
                .map(Execution::id)
                .sorted(Comparator.reverseOrder())
                .limit(limit)
                .toList();
    }

    @Override
    public StorageQuota quota() {
        return quota;
    }

    @Override
    public synchronized CompletableFuture<Long> update(Execution execution, List<OutputChunk> more) {
        return audit.write(() -> {
            require(executions.replace(execution.id(), execution) != null);
            long added = more.stream()
                    .mapToLong(c -> StorageQuota.chunkBytes(c.bytes().length))
                    .sum();
            sizes.put(
                    execution.id(), quota.grow(execution.id(), execution.spec().tenant(), added));
            quota.delivered(execution.id());
            more.forEach(c -> chunks.put(new Place(execution.id(), c.stream(), c.offset()), c));
            changed(execution.id());
            if (execution.state().isFinal()) {
                quota.finish(execution.id());
                audit.add(EndEntries.of(execution));
            }
            return revisions.get(execution.id());
        });
    }

    @Override
    public CompletableFuture<Boolean> endUnasked(Execution ended) {
        return end(ended, false);
    }

    @Override
    public CompletableFuture<Boolean> endUnheard(Execution ended) {
        return end(ended, true);
    }

    private synchronized CompletableFuture<Boolean> end(Execution ended, boolean whetherAskedOrNot) {
        return audit.write(() -> {
            Execution stored = executions.get(ended.id());
            if (stored == null || stored.state().isFinal() || stored.pid() != null) {
                return false;
            }
            if (asked.containsKey(ended.id()) && !whetherAskedOrNot) {
                return false;
            }
            if (stored.approval() != null && stored.approval().isGiven()) {
                return false;
            }
            executions.put(ended.id(), ended);
            changed(ended.id());
            quota.finish(ended.id());
            audit.add(EndEntries.of(ended));
            return true;
        });
    }

    private void changed(ExecutionId id) {
        revisions.computeIfPresent(id, (same, revision) -> revision + 1);
    }

    @Override
    public synchronized OptionalLong revision(ExecutionId id) {
        Long revision = revisions.get(id);
        return revision == null ? OptionalLong.empty() : OptionalLong.of(revision);
    }

    @Override
    public synchronized Optional<Execution> find(ExecutionId id) {
        return Optional.ofNullable(executions.get(id));
    }

    @Override
    public synchronized Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        return find(id).filter(e -> isOf(tenants, e));
    }

    private static boolean isOf(TenantFilter tenants, Execution execution) {
        return tenants.includes(execution.spec().tenant());
    }

    private Stream<Execution> newestFirst(VmId vm, @Nullable Long pid, TenantFilter tenants) {
        return executions.values().stream()
                .filter(e -> e.vm().equals(vm) && e.pid() != null)
                .filter(e -> pid == null || pid.equals(e.pid()))
                .filter(e -> isOf(tenants, e))
                .sorted(Comparator.comparing(Execution::id).reversed());
    }

    @Override
    public synchronized Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        return newestFirst(vm, pid, tenants).findFirst();
    }

    @Override
    public synchronized List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        return newestFirst(vm, null, tenants).limit(limit).toList();
    }

    @Override
    public synchronized List<Unfinished> unfinished() {
        return executions.values().stream()
                .filter(e -> !e.state().isFinal())
                .map(e -> new Unfinished(
                        e,
                        revisions.getOrDefault(e.id(), 0L),
                        deliveries.getOrDefault(e.id(), StartOptions.PLAIN).terms(),
                        asked.get(e.id()),
                        cancels.get(e.id()),
                        open.getOrDefault(e.id(), OpenFiles.NONE)))
                .toList();
    }

    @Override
    public synchronized CompletableFuture<Void> ask(ExecutionId id, StartIntent next) {
        return audit.change(() -> {
            asked.put(id, next);
            changed(id);
        });
    }

    @Override
    public synchronized CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        return audit.change(() -> {
            if (find(id).filter(Execution::awaitsApproval).isPresent()) {
                executions.computeIfPresent(id, (same, e) -> e.withApproval(given));
                changed(id);
            }
        });
    }

    @Override
    public synchronized CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        return audit.change(() -> {
            if (find(id).filter(e -> !e.state().isFinal()).isPresent()) {
                Duration rounded =
                        Duration.ofSeconds(grace.plusNanos(999_999_999).toSeconds());
                changed(id);
                cancels.merge(id, rounded, (a, b) -> a.compareTo(b) < 0 ? a : b);
            }
        });
    }

    @Override
    public synchronized CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return audit.change(() -> {
            open.put(id, files);
            changed(id);
        });
    }

    @Override
    public synchronized byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.forEach((place, chunk) -> {
            if (place.id.equals(id) && place.stream == stream) {
                all.writeBytes(chunk.bytes());
            }
        });
        int from = (int) Math.min(offset, all.size());
        return java.util.Arrays.copyOfRange(all.toByteArray(), from, from + Math.min(limit, all.size() - from));
    }

    @Override
    public synchronized List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return chunks.entrySet().stream()
                .filter(entry -> entry.getKey().id.equals(id) && entry.getKey().stream == stream)
                .map(Map.Entry::getValue)
                .filter(chunk -> chunk.offset() + chunk.bytes().length > offset)
                .limit(limit)
                .map(chunk -> new ReadTime(chunk.offset(), chunk.readAt()))
                .toList();
    }

    @Override
    public synchronized Optional<ExecutionId> newestId() {
        return executions.keySet().stream().max(Comparator.naturalOrder());
    }

    @Override
    public synchronized OutputSize outputSize(ExecutionId id) {
        return new OutputSize(bytes(id, OutputStreamName.STDOUT), bytes(id, OutputStreamName.STDERR), false);
    }

    private long bytes(ExecutionId id, OutputStreamName stream) {
        return chunks.entrySet().stream()
                .filter(entry -> entry.getKey().id.equals(id) && entry.getKey().stream == stream)
                .mapToLong(entry -> entry.getValue().bytes().length)
                .sum();
    }

    @Override
    public synchronized CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time) {
        List<Execution> old = executions.values().stream()
                .filter(e -> e.spec().tenant().equals(tenant))
                .filter(e -> e.finishedAt() != null && e.finishedAt().isBefore(time))
                .sorted(Comparator.comparing(Execution::finishedAt))
                .toList();
        Set<ExecutionId> deleted = new HashSet<>();
        long bytes = 0;
        for (Execution execution : old) {
            if (bytes >= STEP_BYTES) {
                break;
            }
            deleted.add(execution.id());
            bytes += sizes.getOrDefault(execution.id(), 0L);
            sizes.remove(execution.id());
            executions.remove(execution.id());
            revisions.remove(execution.id());
            commands.remove(execution.id());
            chunks.keySet().removeIf(place -> place.id.equals(execution.id()));
            keys.values().removeIf(known -> known.id().equals(execution.id()));
        }
        quota.deleted(tenant, bytes);
        Deleted done = new Deleted(deleted, bytes);
        return audit.write(() -> done);
    }
}
