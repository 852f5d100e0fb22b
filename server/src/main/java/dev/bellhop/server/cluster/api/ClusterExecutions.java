// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Executions as the store has them, whichever server and node write there. Output beyond what is kept does not come through a
 * cluster. Thread safe.
 */
public final class ClusterExecutions implements ExecutionLookup {
    /** How late one hears of what a lost hint was to tell. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** A node reads more often for a while after it was told of a reader, so it need not be told of each read. */
    private static final Duration TOLD = Duration.ofSeconds(1);

    private static final int MOST_TOLD = 10_000;

    private final ExecutionReader reader;
    private final ExecutionJournal journal;
    private final ChangeHints hints;
    private final NodeCalls calls;
    private final Cache<ExecutionId, ExecutionId> told =
            Caffeine.newBuilder().expireAfterWrite(TOLD).maximumSize(MOST_TOLD).build();

    public ClusterExecutions(ExecutionStore store, ChangeHints hints, NodeCalls calls) {
        this.reader = store.reader();
        this.journal = store.journal();
        this.hints = hints;
        this.calls = calls;
    }

    @Override
    public Optional<ExecutionSnapshot> find(ExecutionId id, TenantFilter tenants, Duration longestWait) {
        if (!longestWait.isPositive()) {
            return reader.find(id, tenants).map(reader::snapshot);
        }
        try (ChangeHints.Subscription news = hints.open(id)) {
            return reader.find(id, tenants)
                    .map(found -> reader.snapshot(awaitEnd(found, news, longestWait, () -> true)));
        }
    }

    @Override
    public Optional<ExecutionSnapshot> find(VmId vm, long pid, TenantFilter tenants, Duration longestWait) {
        Optional<Execution> found = reader.findNewest(vm, pid, tenants);
        return longestWait.isPositive() && found.isPresent()
                ? find(found.get().id(), tenants, longestWait)
                : found.map(reader::snapshot);
    }

    /** From now on {@link #awaitEnd} has heard of what happens to an execution, until this is closed. */
    ChangeHints.Subscription listen(ExecutionId id) {
        return hints.open(id);
    }

    /**
     * Waits for the end of an execution that this server has stored.
     *
     * @param listening whether {@link #listen} still listens, and has since before anybody else could hear of it
     * @param goesOn asked now and then: the wait is over where it says no
     */
    ExecutionSnapshot awaitEnd(Execution stored, BooleanSupplier listening, Duration longest, BooleanSupplier goesOn) {
        try (ChangeHints.Subscription news = hints.open(stored.id())) {
            boolean isLatest = listening.getAsBoolean() && news.isWithoutNews();
            Execution known = isLatest ? stored : latest(stored, news);
            return reader.snapshot(awaitEnd(known, news, longest, goesOn));
        }
    }

    private Execution awaitEnd(
            Execution found, ChangeHints.Subscription news, Duration longest, BooleanSupplier goesOn) {
        Execution latest = found;
        long end = System.nanoTime() + longest.toNanos();
        try {
            for (Duration left = longest;
                    !latest.state().isFinal() && left.isPositive() && goesOn.getAsBoolean();
                    left = Duration.ofNanos(end - System.nanoTime())) {
                news.await(left.compareTo(LOOK) < 0 ? left : LOOK);
                latest = latest(latest, news);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return latest;
    }

    private Execution latest(Execution before, ChangeHints.Subscription news) {
        Optional<Execution> end = before.approval() == null ? news.end() : Optional.empty();
        return end.isPresent()
                ? before.endedAs(end.get())
                : reader.find(before.id()).orElse(before);
    }

    @Override
    public long await(ExecutionId id, long seen, BooleanSupplier orWhen, Duration longest) throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        try (ChangeHints.Subscription news = hints.open(id)) {
            OptionalLong revision = reader.revision(id);
            if (revision.orElse(Long.MAX_VALUE) > seen || hasEnded(id)) {
                return revision.orElse(seen);
            }
            noteReader(id);
            while (!orWhen.getAsBoolean() && System.nanoTime() < end) {
                Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                news.await(left.compareTo(LOOK) < 0 ? left : LOOK);
                revision = reader.revision(id);
                if (revision.orElse(Long.MAX_VALUE) > seen) {
                    return revision.orElse(seen);
                }
                noteReader(id);
            }
            return seen;
        }
    }

    private boolean hasEnded(ExecutionId id) {
        return reader.find(id).map(found -> found.state().isFinal()).orElse(true);
    }

    @Override
    public void noteReader(ExecutionId id) {
        if (told.asMap().putIfAbsent(id, id) == null) {
            reader.find(id)
                    .filter(found -> !found.state().isFinal())
                    .ifPresent(found -> calls.hint(found.vm(), NodeOrder.READER, new NodeOrder.Reader(id.value())));
        }
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

    @Override
    public Optional<OutputRelay.Reader> follow(ExecutionId id) {
        return Optional.empty();
    }
}
