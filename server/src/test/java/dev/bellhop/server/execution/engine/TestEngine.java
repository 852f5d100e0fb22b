// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An engine, with what tests ask of it in few words. */
public final class TestEngine implements AutoCloseable {
    private final ExecutionEngine engine;

    /** One in which whoever asked for a command may have it started. */
    public TestEngine(ExecutionStore store, Hypervisor vms, ExecutionSettings settings) {
        this(store, vms, OpenStreams.NONE, settings, Clock.systemUTC(), new SimpleMeterRegistry(), execution -> true);
    }

    /** One without streams, and as {@link #TestEngine(ExecutionStore, Hypervisor, OpenStreams, ExecutionSettings, Clock, MeterRegistry, Predicate)}. */
    public TestEngine(
            ExecutionStore store,
            Hypervisor vms,
            ExecutionSettings settings,
            Clock clock,
            MeterRegistry metrics,
            Predicate<Execution> mayStart) {
        this(store, vms, OpenStreams.NONE, settings, clock, metrics, mayStart);
    }

    /** @param mayStart whether what has waited may be started yet */
    public TestEngine(
            ExecutionStore store,
            Hypervisor vms,
            OpenStreams streams,
            ExecutionSettings settings,
            Clock clock,
            MeterRegistry metrics,
            Predicate<Execution> mayStart) {
        this.engine = new ExecutionEngine(
                store,
                new VmDirectory(List.of(vms)),
                streams,
                new AgentHealth(Clock.systemUTC()),
                settings,
                clock,
                new ExecutionMetrics(metrics),
                StartCheck.owner(mayStart));
    }

    public Execution start(VmId vm, ExecutionRequest request, Deadline deadline) {
        return start(vm, request, null, deadline);
    }

    public Execution start(VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Deadline deadline) {
        engine.awaitRoom(request.spec().tenant());
        return engine.start(vm, awaited(request), key, Duration.ZERO, deadline).awaitPid(deadline);
    }

    private static ExecutionRequest awaited(ExecutionRequest request) {
        StartOptions options = request.startOptions();
        return new ExecutionRequest(
                request.spec(),
                new StartOptions(
                        options.env(),
                        options.cwd(),
                        options.user(),
                        options.stdin(),
                        options.stdinFollows(),
                        options.deliveryTimeout(),
                        true));
    }

    /** Starts a command, and waits for its end where that is asked for. */
    public StartHandle.Outcome submit(
            VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        engine.awaitRoom(request.spec().tenant());
        return engine.start(vm, request, key, wait, start).await(wait, () -> true, start);
    }

    public Optional<ExecutionSnapshot> find(ExecutionId id, Duration longestWait) {
        return engine.executions().find(id, TenantFilter.all(), longestWait);
    }

    public Optional<ExecutionSnapshot> findByPid(VmId vm, long pid, TenantFilter tenants, Duration longestWait) {
        return engine.executions().find(vm, pid, tenants, longestWait);
    }

    public Optional<ExecutionSnapshot> findStartedUnder(TenantFilter tenants, ExecutionId id) {
        return engine.executions().find(id, tenants, Duration.ZERO);
    }

    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return engine.executions().stored().output(id, stream, offset, limit);
    }

    public long await(ExecutionId id, long revision, Duration longest) throws InterruptedException {
        return engine.executions().await(id, revision, () -> false, longest);
    }

    public boolean cancel(ExecutionId id, Duration grace, Deadline deadline) {
        return engine.cancel(id, grace, deadline);
    }

    public void signal(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        engine.signal(id, signal, check, deadline);
    }

    public long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline) {
        return engine.writeStdin(id, piece, check, deadline);
    }

    public void approve(ExecutionId id, String keyId, String digest, Deadline deadline) {
        engine.approve(id, keyId, digest, deadline);
    }

    public void reject(ExecutionId id, Deadline deadline) {
        engine.reject(id, deadline);
    }

    public OptionalInt queuePlace(ExecutionId id) {
        return engine.queuePlace(id);
    }

    public void vmReassigned(VmId vm) {
        engine.vmReassigned(vm);
    }

    public ExecutionRetention retention() {
        return engine.retention();
    }

    /** The engine itself, for what another process orders. */
    public ExecutionEngine engine() {
        return engine;
    }

    public void recover() {
        engine.recover();
    }

    @Override
    public void close() {
        engine.close();
    }
}
