// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryAccountStore;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.app.GuestTable;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.masking.MemoryMaskStore;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.StreamStates;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.LocalVms;
import dev.bellhop.testkit.FakeAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Services over a server in memory, a VM with a fake agent, and every kind of caller. */
final class UseCaseScene {
    static final VmId VM = new VmId(1);
    static final VmId OTHER_VM = new VmId(2);
    static final OperationId OPERATION =
            OperationId.parse("019c1379-5a10-7cc3-8d25-6f1f7f3f2c11").orElseThrow();
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00Z");

    final Path folder;
    final Clock clock = Clock.systemUTC();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final MemoryAuditStore trail = new MemoryAuditStore();
    final AuditTrail audit;
    final VmDirectory directory;
    final AgentHealth health = new AgentHealth(clock);
    final ExecutionEngine engine;
    final ExecutionLookup executions;
    final Operations operations;
    final LocalGuests guests;
    final LocalVms local;
    final Keys keys;
    final Accounts accounts;
    final SavedCommands saved;
    final Masks masks = new Masks(new MemoryMaskStore(trail));
    final WaiterLimit waiters = new WaiterLimit(CallerLimits.defaults(), metrics);
    final Timeouts timeouts = Timeouts.defaults();
    final FairTurns turns = FairTurns.onHalfTheProcessors();
    final PolicyCheck policy;
    final ExecutionShow show;
    final VmAccess vms;
    final ExecutionAccess byId;
    final AgentExec exec;
    final ExecutionStarts starts;
    final ExecutionReads reads;

    /** By their names, in the order of a row's letters. */
    final Map<String, Key> callers = new LinkedHashMap<>();

    /** Of what a key of the owner of VM 1 has run there. */
    final String executionId;

    final long pid;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    UseCaseScene(Path folder) throws Exception {
        this.folder = folder;
        FakeAgent agent = keep(FakeAgent.start(folder.resolve("a.sock")));
        AtomicLong pids = new AtomicLong(6);
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        agent.on("guest-set-time", (request, wire) -> wire.reply("{}"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        agent.on("guest-info", (request, wire) -> wire.reply("{\"version\": \"9.0\", \"supported_commands\": []}"));
        MemorySavedCommandStore savedCommands = new MemorySavedCommandStore(trail);
        directory = keep(new VmDirectory(List.of(new OneVm(folder.resolve("a.sock")))));
        engine = keep(new ExecutionEngine(
                new MemoryStore(TestExecutions.unlimited(), trail),
                directory,
                OpenStreams.NONE,
                health,
                TestExecutions.DIRECT,
                clock,
                new ExecutionMetrics(metrics),
                StartCheck.owner(execution -> true)));
        executions = engine.executions();
        FileSystemMaintenance fileSystems =
                keep(new FileSystemMaintenance(directory, health, folder, clock, vm -> () -> {}));
        guests = GuestTable.make(directory, health, engine, fileSystems, StreamStates.NONE, "/spool", clock);
        OperationStore stored = new MemoryOperationStore(trail);
        operations =
                keep(new Operations(stored, directory, health, OperationSettings.defaults(), clock, operation -> true));
        Duration second = Duration.ofSeconds(1);
        local = new LocalVms(directory, health, operations, second, second, clock, System::nanoTime);
        audit = keep(new AuditTrail(trail, clock));
        keys = new Keys(new MemoryKeyStore(trail), clock);
        accounts = new Accounts(new MemoryAccountStore(trail, savedCommands), keys, clock);
        saved = new SavedCommands(savedCommands);
        policy = new PolicyCheck(keys, accounts, turns);
        MaskedOutput output = new MaskedOutput(executions.stored(), new Maskers(masks), turns);
        show = new ExecutionShow(engine, executions, keys, accounts, local);
        vms = new VmAccess(local, accounts);
        byId = new ExecutionAccess(executions, keys, accounts, () -> true);
        exec = new AgentExec(engine, executions, policy, output, vms, local, timeouts);
        starts =
                new ExecutionStarts(engine, byId, policy, new SavedRuns(saved, turns), output, show, waiters, timeouts);
        reads = new ExecutionReads(executions, byId, accounts, output, show, waiters);

        Account owner = accounts.create("owner");
        accounts.assign(VM, owner);
        stored.insert(ended(owner.tenant())).join();
        Tenant other = accounts.create("other").tenant();
        caller("operator", Tenant.operator(), Scope.ADMIN, null, Map.of());
        caller("looker", Tenant.operator(), Scope.READ_VM, null, Map.of());
        caller("runner", Tenant.operator(), Scope.WRITE_VM, null, Map.of());
        caller("manager", owner.tenant(), Scope.ADMIN_ACCOUNT, null, Map.of());
        caller("tenant", owner.tenant(), Scope.WRITE_VM, null, Map.of());
        caller("stranger", other, Scope.WRITE_VM, null, Map.of());
        caller("elsewhere", Tenant.operator(), Scope.WRITE_VM, Set.of(OTHER_VM), Map.of());
        caller("labelled", Tenant.operator(), Scope.WRITE_VM, null, Map.of("team", "db"));
        Execution started = Permit.during(
                note("tenant", UseCase.EXECUTION_START),
                permit -> exec.start(vm(permit), "x", () -> null).execution());
        executionId = started.id().toString();
        pid = Objects.requireNonNull(started.pid());
        Permit.during(
                note("tenant", UseCase.EXECUTION_FIND),
                permit -> reads.find(execution(permit), Duration.ofSeconds(10), false, false, bytes -> {}));
    }

    /** An operation in VM 1 that a key of this tenant has asked for. */
    private static Operation ended(Tenant tenant) {
        OperationRequest request =
                new OperationRequest(OperationAction.STOP, false, Duration.ZERO, "000000000000", tenant, null);
        return new Operation(
                OPERATION, VM, request, OperationState.FAILED, List.of(), CREATED, CREATED, "it could not");
    }

    /** A part that is closed with the scene. */
    <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    private void caller(String name, Tenant tenant, Scope scope, @Nullable Set<VmId> only, Map<String, String> labels) {
        callers.put(
                name,
                keys.create(new NewKey(name, tenant, Set.of(scope), only, null, null, null, labels))
                        .key());
    }

    AuditNote note(String caller, UseCase useCase) {
        Key key = Objects.requireNonNull(callers.get(caller), caller);
        return new AuditNote(audit, new Caller(key, "request", null, "test", null), useCase);
    }

    VisibleVm vm(Permit permit) {
        return vms.find(permit, VM);
    }

    VisibleExecution execution(Permit permit) {
        return byId.find(permit, executionId);
    }

    String owner() {
        return String.valueOf(accounts.ownerOf(VM).accountId());
    }

    String newAccount() {
        return String.valueOf(accounts.create("n").tenant().accountId());
    }

    String newKey(String account) {
        return keys.create(new NewKey(
                        "n", Tenant.account(account), Set.of(Scope.READ_VM), null, null, null, null, Map.of()))
                .key()
                .id();
    }

    void close() throws Exception {
        for (AutoCloseable part : parts) {
            part.close();
        }
    }
}
