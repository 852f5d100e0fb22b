// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Recordings in memory, which can be made to fail. It passes the contract of all stores. */
public final class MemoryRecordingStore implements RecordingStore {
    private static final byte[] NOTHING = {};

    private final MemoryAuditStore audit;
    private final Map<TerminalId, Kept> kept = new ConcurrentHashMap<>();

    /** Whether writes fail. */
    volatile boolean fails;

    private record Kept(Recording recording, Instant aliveAt, Map<Long, byte[]> pieces) {}

    public MemoryRecordingStore(MemoryAuditStore audit) {
        this.audit = audit;
    }

    private CompletableFuture<Void> change(Runnable change) {
        return audit.change(() -> {
            if (fails) {
                throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the test says so");
            }
            change.run();
        });
    }

    @Override
    public CompletableFuture<Void> begin(Recording recording) {
        return change(() -> require(
                kept.putIfAbsent(recording.id(), new Kept(recording, recording.startedAt(), new ConcurrentHashMap<>()))
                        == null));
    }

    @Override
    public CompletableFuture<Boolean> append(TerminalId id, long offset, byte[] lines, Instant now) {
        return change(() -> kept.computeIfPresent(id, (same, before) -> {
                    Recording recording = before.recording;
                    if (recording.end() != null) {
                        return before;
                    }
                    if (lines.length > 0) {
                        before.pieces.putIfAbsent(offset, lines.clone());
                    }
                    return new Kept(
                            new Recording(
                                    id,
                                    recording.vm(),
                                    recording.tenant(),
                                    recording.keyId(),
                                    recording.labels(),
                                    recording.input(),
                                    recording.startedAt(),
                                    offset + lines.length,
                                    null),
                            now,
                            before.pieces);
                }))
                .thenApply(stored -> find(id).filter(each -> each.end() == null).isPresent());
    }

    @Override
    public CompletableFuture<Void> end(Recording ended) {
        return change(() -> storeEnd(ended));
    }

    private boolean storeEnd(Recording ended) {
        Kept before = kept.get(ended.id());
        if (before == null || before.recording.end() != null) {
            return false;
        }
        kept.put(ended.id(), new Kept(ended, before.aliveAt, before.pieces));
        return true;
    }

    @Override
    public CompletableFuture<Void> endInterrupted(Recording ended) {
        return change(() -> {
            if (storeEnd(ended)) {
                audit.add(EndEntries.of(ended));
            }
        });
    }

    @Override
    public CompletableFuture<Void> discard(TerminalId id) {
        return change(() -> kept.remove(id));
    }

    @Override
    public Optional<Recording> find(TerminalId id) {
        return Optional.ofNullable(kept.get(id)).map(Kept::recording);
    }

    @Override
    public byte[] read(TerminalId id, long offset) {
        Kept found = kept.get(id);
        return found == null ? NOTHING : found.pieces.getOrDefault(offset, NOTHING);
    }

    private Stream<Recording> oldestFirst() {
        return kept.values().stream()
                .map(Kept::recording)
                .sorted(Comparator.comparing(recording -> recording.id().toString()));
    }

    @Override
    public List<Recording> list(TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable TerminalId before, int limit) {
        return oldestFirst().toList().reversed().stream()
                .filter(each -> tenants.includes(each.tenant()))
                .filter(each -> vms == null || vms.contains(each.vm()))
                .filter(each -> before == null || each.id().toString().compareTo(before.toString()) < 0)
                .limit(limit)
                .toList();
    }

    @Override
    public List<Recording> abandoned(Instant quietSince) {
        return kept.values().stream()
                .filter(each -> each.recording.end() == null && !each.aliveAt.isAfter(quietSince))
                .map(Kept::recording)
                .toList();
    }

    private Stream<Recording> ended() {
        return oldestFirst().filter(each -> each.end() != null);
    }

    private CompletableFuture<Integer> delete(Optional<Recording> found) {
        return audit.write(() -> {
            found.ifPresent(recording -> kept.remove(recording.id()));
            return found.isPresent() ? 1 : 0;
        });
    }

    @Override
    public CompletableFuture<Integer> deleteEndedBefore(Instant time) {
        return delete(ended().filter(each -> endOf(each).isBefore(time))
                .min(Comparator.comparing(MemoryRecordingStore::endOf)));
    }

    private static Instant endOf(Recording recording) {
        Recording.End end = recording.end();
        return end == null ? Instant.MAX : end.at();
    }

    @Override
    public CompletableFuture<Integer> deleteBeyond(long bytes) {
        long all = oldestFirst().mapToLong(Recording::bytes).sum();
        if (all <= bytes) {
            return delete(Optional.empty());
        }
        Map<Tenant, Long> sums = new HashMap<>();
        oldestFirst().forEach(each -> sums.merge(each.tenant(), each.bytes(), Long::sum));
        return delete(sums.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .flatMap(largest -> ended().filter(each -> each.tenant().equals(largest.getKey()))
                        .findFirst()));
    }
}
