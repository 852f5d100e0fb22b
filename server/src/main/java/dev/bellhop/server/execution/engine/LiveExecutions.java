// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The executions that readers ask for most: those that have not ended, and those that ended a while ago, by the process
 * they are or were. Only what is durable comes in here. The newest execution with a pid always wins over an older one,
 * in whatever order the two arrive. Thread safe.
 */
final class LiveExecutions implements ExecutionLookup {
    private static final int CACHED_BYTES = 16 << 20;

    /** Bounds how long a result that retention has deleted can still be seen. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    /** @param tenants of whose commands with the pid it is the newest */
    private record GuestPid(VmId vm, long pid, TenantFilter tenants) {}

    private final ExecutionReader reader;
    private final ExecutionJournal journal;
    private final ConcurrentMap<ExecutionId, LiveExecution> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<GuestPid, LiveExecution> byPid = new ConcurrentHashMap<>();
    private final Cache<GuestPid, ExecutionSnapshot> ended = Caffeine.newBuilder()
            .maximumWeight(CACHED_BYTES)
            .weigher((GuestPid process, ExecutionSnapshot snapshot) -> snapshot.weight())
            .expireAfterWrite(KEPT)
            // Its housekeeping takes less time than handing it to another thread.
            .executor(Runnable::run)
            .build();

    private volatile Consumer<ExecutionId> whenLetGo = id -> {};

    LiveExecutions(ExecutionReader reader, ExecutionJournal journal) {
        this.reader = reader;
        this.journal = journal;
    }

    void add(LiveExecution live) {
        byId.put(live.id(), live);
        Execution execution = live.durable();
        if (execution.pid() != null) {
            pidAssigned(live, execution.pid());
        }
    }

    void pidAssigned(LiveExecution live, long pid) {
        for (GuestPid process : processes(live.durable(), pid)) {
            byPid.merge(process, live, (a, b) -> a.id().compareTo(b.id()) > 0 ? a : b);
        }
    }

    private static List<GuestPid> processes(Execution execution, long pid) {
        GuestPid ofAll = new GuestPid(execution.vm(), pid, TenantFilter.all());
        return execution.spec().tenant() instanceof Tenant.Account account
                ? List.of(ofAll, new GuestPid(execution.vm(), pid, TenantFilter.of(account)))
                : List.of(ofAll);
    }

    void ended(LiveExecution live, ExecutionSnapshot snapshot, long revision) {
        Execution execution = snapshot.execution();
        Long pid = execution.pid();
        if (pid != null) {
            for (GuestPid process : processes(execution, pid)) {
                if (execution.reason() != Reason.PID_REUSED) {
                    keep(process, snapshot);
                }
                byPid.remove(process, live);
            }
        }
        byId.remove(execution.id());
        live.ended(snapshot, revision);
    }

    /** Who is to be told of each that another process takes to its end. */
    void whenLetGo(Consumer<ExecutionId> listener) {
        whenLetGo = listener;
    }

    /** Another process takes it to its end. */
    void letGo(LiveExecution live) {
        // First, or it could be found in neither, and be taken for one that has ended.
        whenLetGo.accept(live.id());
        byPid.values().removeIf(live::equals);
        byId.remove(live.id(), live);
    }

    @Nullable
    LiveExecution live(ExecutionId id) {
        return byId.get(id);
    }

    @Override
    public long await(ExecutionId id, long revision, BooleanSupplier orWhen, Duration longest)
            throws InterruptedException {
        LiveExecution live = byId.get(id);
        return live == null ? reader.revision(id).orElse(revision) : live.follow(revision, orWhen, longest);
    }

    @Override
    public Optional<OutputRelay.Reader> follow(ExecutionId id) {
        return Optional.ofNullable(byId.get(id)).map(live -> live.passing().reader());
    }

    @Override
    public ExecutionReader stored() {
        return reader;
    }

    @Override
    public Execution whole(Execution execution) {
        return execution.hasMore()
                ? journal.command(execution.id()).map(execution::withCommand).orElse(execution)
                : execution;
    }

    @Override
    public Optional<StartOptions> startOptions(ExecutionId id) {
        return journal.startOptions(id);
    }

    Collection<LiveExecution> all() {
        return byId.values();
    }

    int size() {
        return byId.size();
    }

    /** When those were asked for that wait for approval now. */
    Stream<Instant> approvalsAwaitedSince() {
        return byId.values().stream()
                .filter(LiveExecution::awaitsApproval)
                .map(live -> live.durable().createdAt());
    }

    /** Looks for one of another tenant's in the store, as for one that does not exist, and finds neither there. */
    @Override
    public Optional<ExecutionSnapshot> find(ExecutionId id, TenantFilter tenants, Duration longestWait) {
        LiveExecution live = byId.get(id);
        return live == null || !tenants.includes(live.durable().spec().tenant())
                ? reader.find(id, tenants).map(this::load)
                : Optional.of(await(live, longestWait));
    }

    @Override
    public Optional<ExecutionSnapshot> find(VmId vm, long pid, TenantFilter tenants, Duration longestWait) {
        GuestPid process = new GuestPid(vm, pid, tenants);
        LiveExecution live = byPid.get(process);
        if (live != null) {
            return Optional.of(await(live, longestWait));
        }
        ExecutionSnapshot cached = ended.getIfPresent(process);
        if (cached != null) {
            return Optional.of(cached);
        }
        Optional<ExecutionSnapshot> stored = reader.findNewest(vm, pid, tenants).map(this::load);
        stored.filter(found -> found.execution().state().isFinal()).ifPresent(found -> keep(process, found));
        return stored;
    }

    @Override
    public void noteReader(ExecutionId id) {
        LiveExecution live = byId.get(id);
        if (live != null) {
            live.noteReader();
        }
    }

    private ExecutionSnapshot await(LiveExecution live, Duration longest) {
        ExecutionSnapshot end = live.awaitEnd(longest);
        return end == null ? load(live.durable()) : end;
    }

    void forgetEnded(Set<ExecutionId> deleted) {
        ended.asMap()
                .values()
                .removeIf(snapshot -> deleted.contains(snapshot.execution().id()));
    }

    private void keep(GuestPid process, ExecutionSnapshot snapshot) {
        ended.asMap()
                .merge(
                        process,
                        snapshot,
                        (a, b) -> a.execution().id().compareTo(b.execution().id()) > 0 ? a : b);
    }

    /** An execution with its output as it is in the store. */
    ExecutionSnapshot load(Execution execution) {
        return reader.snapshot(execution);
    }
}
