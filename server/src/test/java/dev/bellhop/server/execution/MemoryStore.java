// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Executions in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
final class MemoryStore implements ExecutionStore {
    private static final long STEP_BYTES = 4 << 20;
    private static final long LONG = 8 * 1024;

    private record Place(ExecutionId id, OutputStreamName stream, long offset) {}

    private static final Comparator<Place> BY_PLACE =
            Comparator.comparing(Place::id).thenComparing(Place::stream).thenComparingLong(Place::offset);

    /** Both guarded by this. */
    private final Map<ExecutionId, Execution> executions = new TreeMap<>();

    private final Map<Place, OutputChunk> chunks = new TreeMap<>(BY_PLACE);

    private final Map<ExecutionId, CommandLine> commands = new TreeMap<>();

    private final Map<ExecutionId, Delivery> deliveries = new TreeMap<>();

    private final Map<ExecutionId, Asked> asked = new TreeMap<>();

    private final Map<ExecutionId, Duration> cancels = new TreeMap<>();

    private final Map<ExecutionId, OpenFiles> open = new TreeMap<>();

    private record Caller(String keyId, String name) {}

    private final Map<Caller, Insertion.Known> keys = new HashMap<>();

    @Override
    public synchronized CompletableFuture<Insertion> insert(
            Execution execution, Delivery delivery, @Nullable Asked askedNext, @Nullable IdempotencyKey key) {
        if (key != null) {
            Insertion.Known known =
                    keys.putIfAbsent(new Caller(key.keyId(), key.name()), new Insertion.Known(execution.id(), key));
            if (known != null) {
                return CompletableFuture.completedFuture(known);
            }
        }
        deliveries.put(execution.id(), delivery);
        if (askedNext != null) {
            asked.put(execution.id(), askedNext);
        }
        commands.put(execution.id(), execution.spec().command());
        return done(executions.putIfAbsent(execution.id(), execution.shortened()) == null)
                .thenApply(nothing -> new Insertion.Inserted());
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
                + delivery(id)
                        .map(Delivery::length)
                        .filter(length -> length > LONG)
                        .orElse(0L);
    }

    @Override
    public synchronized Optional<Delivery> delivery(ExecutionId id) {
        return find(id).filter(execution -> execution.state() == ExecutionState.PENDING)
                .map(execution -> deliveries.get(id));
    }

    @Override
    public synchronized List<Execution> list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        return executions.values().stream()
                .filter(filter::matches)
                .filter(e -> before == null || e.id().compareTo(before) < 0)
                .sorted(Comparator.comparing(Execution::id).reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long finishedBytes() {
        return executions.values().stream()
                .filter(e -> e.finishedAt() != null)
                .mapToLong(e -> e.output().total())
                .sum();
    }

    @Override
    public synchronized CompletableFuture<Void> update(Execution execution, List<OutputChunk> more) {
        boolean known = executions.replace(execution.id(), execution) != null;
        if (known) {
            more.forEach(c -> chunks.put(new Place(execution.id(), c.stream(), c.offset()), c));
        }
        return done(known);
    }

    private static CompletableFuture<Void> done(boolean worked) {
        return worked
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(
                        new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because of its id"));
    }

    @Override
    public synchronized Optional<Execution> find(ExecutionId id) {
        return Optional.ofNullable(executions.get(id));
    }

    @Override
    public synchronized Optional<Execution> find(ExecutionId id, @Nullable String account) {
        return find(id).filter(e -> isOf(account, e));
    }

    private static boolean isOf(@Nullable String account, Execution execution) {
        return account == null || account.equals(execution.spec().account());
    }

    private Stream<Execution> newestFirst(VmId vm, @Nullable Long pid, @Nullable String account) {
        return executions.values().stream()
                .filter(e -> e.vm().equals(vm) && e.pid() != null)
                .filter(e -> pid == null || pid.equals(e.pid()))
                .filter(e -> isOf(account, e))
                .sorted(Comparator.comparing(Execution::id).reversed());
    }

    @Override
    public synchronized Optional<Execution> findNewest(VmId vm, long pid, @Nullable String account) {
        return newestFirst(vm, pid, account).findFirst();
    }

    @Override
    public synchronized List<Execution> recent(VmId vm, @Nullable String account, int limit) {
        return newestFirst(vm, null, account).limit(limit).toList();
    }

    @Override
    public synchronized List<Unfinished> unfinished() {
        return executions.values().stream()
                .filter(e -> !e.state().isFinal())
                .map(e -> new Unfinished(
                        e,
                        deliveries.getOrDefault(e.id(), Delivery.PLAIN).terms(),
                        asked.get(e.id()),
                        cancels.get(e.id()),
                        open.getOrDefault(e.id(), OpenFiles.NONE)))
                .toList();
    }

    @Override
    public synchronized CompletableFuture<Void> ask(ExecutionId id, Asked next) {
        asked.put(id, next);
        return done(true);
    }

    @Override
    public synchronized CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        executions.computeIfPresent(id, (same, e) -> e.awaitsApproval() ? e.withApproval(given) : e);
        return done(true);
    }

    @Override
    public synchronized CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        if (find(id).filter(e -> !e.state().isFinal()).isPresent()) {
            Duration rounded = Duration.ofSeconds(grace.plusNanos(999_999_999).toSeconds());
            cancels.merge(id, rounded, (a, b) -> a.compareTo(b) < 0 ? a : b);
        }
        return done(true);
    }

    @Override
    public synchronized CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        open.put(id, files);
        return done(true);
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
    public synchronized CompletableFuture<Deleted> deleteFinishedBefore(Instant time) {
        List<Execution> old = executions.values().stream()
                .filter(e -> e.finishedAt() != null && e.finishedAt().isBefore(time))
                .sorted(Comparator.comparing(Execution::finishedAt))
                .toList();
        int deleted = 0;
        long bytes = 0;
        for (; deleted < old.size() && bytes < STEP_BYTES; deleted++) {
            Execution execution = old.get(deleted);
            bytes += execution.output().total();
            executions.remove(execution.id());
            commands.remove(execution.id());
            chunks.keySet().removeIf(place -> place.id.equals(execution.id()));
            keys.values().removeIf(known -> known.id().equals(execution.id()));
        }
        return CompletableFuture.completedFuture(new Deleted(deleted, bytes));
    }
}
