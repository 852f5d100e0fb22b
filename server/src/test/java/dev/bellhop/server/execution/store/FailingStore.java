// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store that fails when a test says so, as one on a full disk does. */
public final class FailingStore implements ExecutionStore, ExecutionReader, ExecutionIntake, ExecutionJournal {
    private final ExecutionStore store;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile Predicate<Execution> failsOn = execution -> false;
    private volatile Predicate<Execution> fenced = execution -> false;
    private volatile Predicate<Execution> holds = execution -> false;
    private volatile Consumer<ExecutionId> beforeDelivery = id -> {};
    private volatile boolean readsFail;
    private volatile boolean insertsWait;
    private volatile @Nullable StartOptions delivered;
    private final List<Runnable> waitingInserts = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<Long>> held = new CopyOnWriteArrayList<>();
    private final List<Execution> updates = new CopyOnWriteArrayList<>();

    public FailingStore(ExecutionStore store) {
        this.store = store;
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

    /** From now on writes of these executions fail. */
    public void failOn(Predicate<Execution> newFailsOn) {
        failsOn = newFailsOn;
    }

    /** From now on another process has these executions. */
    public void fence(Predicate<Execution> newFenced) {
        fenced = newFenced;
    }

    public void work() {
        failsOn = execution -> false;
        readsFail = false;
    }

    /** Makes every lookup of an execution fail until {@link #work}, like a database that cannot be reached. */
    public void failReads() {
        readsFail = true;
    }

    private ExecutionReader reading() {
        if (readsFail) {
            throw refusal();
        }
        return store.reader();
    }

    /** From now on writes of these executions wait, and fail right before the next other one is done. */
    public void holdAndFail(Predicate<Execution> newHolds) {
        holds = newHolds;
    }

    /** From now on it gives this in place of what was stored. */
    public void deliver(StartOptions newDelivered) {
        delivered = newDelivered;
    }

    /** From now on new executions wait to be stored. */
    public void holdInserts() {
        insertsWait = true;
    }

    /** Those that wait are stored now, and others at once. */
    public void storeInserts() {
        insertsWait = false;
        waitingInserts.forEach(Runnable::run);
        waitingInserts.clear();
    }

    /** This is done each time before what it takes to start an execution is read. */
    public void beforeDelivery(Consumer<ExecutionId> newBeforeDelivery) {
        beforeDelivery = newBeforeDelivery;
    }

    /** What was written so far over what was stored before, in order, and what waits. */
    public List<Execution> updates() {
        return updates;
    }

    /** How many executions, and streams of their output, were looked for so far. */
    public int reads() {
        return reads.get();
    }

    /** How many writes have failed so far. */
    public int failures() {
        return failures.get();
    }

    @Override
    public CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent asked, @Nullable IdempotencyKey key) {
        if (insertsWait) {
            CompletableFuture<Insertion> late = new CompletableFuture<>();
            waitingInserts.add(() -> late.complete(
                    store.intake().insert(execution, options, asked, key).join()));
            return late;
        }
        return failsOn.test(execution) ? failure() : store.intake().insert(execution, options, asked, key);
    }

    @Override
    public CompletableFuture<Void> ask(ExecutionId id, StartIntent asked) {
        if (store.reader().find(id).filter(fenced).isPresent()) {
            failures.incrementAndGet();
            return CompletableFuture.failedFuture(new NotHeldException());
        }
        return store.reader().find(id).filter(failsOn).isPresent()
                ? failure()
                : store.journal().ask(id, asked);
    }

    @Override
    public CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        return store.reader().find(id).filter(failsOn).isPresent()
                ? failure()
                : store.intake().cancel(id, grace);
    }

    @Override
    public CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        return store.reader().find(id).filter(failsOn).isPresent()
                ? failure()
                : store.intake().approve(id, given);
    }

    @Override
    public CompletableFuture<Boolean> endUnasked(Execution ended) {
        return store.reader().find(ended.id()).filter(failsOn).isPresent()
                ? failure()
                : store.intake().endUnasked(ended);
    }

    @Override
    public CompletableFuture<Boolean> endUnheard(Execution ended) {
        return store.reader().find(ended.id()).filter(failsOn).isPresent()
                ? failure()
                : store.intake().endUnheard(ended);
    }

    @Override
    public CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return store.reader().find(id).filter(failsOn).isPresent()
                ? failure()
                : store.journal().opened(id, files);
    }

    @Override
    public Optional<Insertion.Known> known(String keyId, String name) {
        return store.intake().known(keyId, name);
    }

    @Override
    public Optional<CommandLine> command(ExecutionId id) {
        return store.journal().command(id);
    }

    @Override
    public long longBytes(ExecutionId id) {
        return store.journal().longBytes(id);
    }

    @Override
    public Optional<StartOptions> startOptions(ExecutionId id) {
        beforeDelivery.accept(id);
        StartOptions other = delivered;
        return store.journal().startOptions(id).map(options -> other == null ? options : other);
    }

    @Override
    public Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        return store.reader().list(filter, before, limit);
    }

    @Override
    public StorageQuota quota() {
        return store.intake().quota();
    }

    @Override
    public List<ExecutionId> unfinished(VmId vm, int limit) {
        return store.journal().unfinished(vm, limit);
    }

    @Override
    public CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks) {
        updates.add(execution);
        if (holds.test(execution)) {
            CompletableFuture<Long> waits = new CompletableFuture<>();
            held.add(waits);
            return waits;
        }
        holds = later -> false;
        held.forEach(waits -> waits.completeExceptionally(refusal()));
        held.clear();
        if (fenced.test(execution)) {
            failures.incrementAndGet();
            return CompletableFuture.failedFuture(new NotHeldException());
        }
        return failsOn.test(execution) ? failure() : store.journal().update(execution, chunks);
    }

    private <T> CompletableFuture<T> failure() {
        failures.incrementAndGet();
        return CompletableFuture.failedFuture(refusal());
    }

    private static BellhopException refusal() {
        return new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the test says so");
    }

    @Override
    public Optional<Execution> find(ExecutionId id) {
        reads.incrementAndGet();
        return reading().find(id);
    }

    @Override
    public Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        reads.incrementAndGet();
        return reading().find(id, tenants);
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        reads.incrementAndGet();
        return store.reader().findNewest(vm, pid, tenants);
    }

    @Override
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        return store.reader().recent(vm, tenants, limit);
    }

    @Override
    public List<Unfinished> unfinished() {
        return store.journal().unfinished();
    }

    @Override
    public List<ReadTime> readTimes(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return store.reader().readTimes(id, stream, offset, limit);
    }

    @Override
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        reads.incrementAndGet();
        return store.reader().output(id, stream, offset, limit);
    }

    @Override
    public OptionalLong revision(ExecutionId id) {
        return reading().revision(id);
    }

    @Override
    public Optional<ExecutionId> newestId() {
        return store.reader().newestId();
    }

    @Override
    public OutputSize outputSize(ExecutionId id) {
        return store.journal().outputSize(id);
    }

    @Override
    public CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time) {
        return store.intake().deleteFinishedBefore(tenant, time);
    }
}
