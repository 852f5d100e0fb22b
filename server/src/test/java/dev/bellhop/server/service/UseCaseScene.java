// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.app.MemoryServer;
import dev.bellhop.server.app.UseCases;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A server in memory, a VM with a fake agent, and every kind of caller. */
final class UseCaseScene implements AutoCloseable {
    static final VmId VM = new VmId(1);
    static final VmId OTHER_VM = new VmId(2);
    static final OperationId OPERATION =
            OperationId.parse("019c1379-5a10-7cc3-8d25-6f1f7f3f2c11").orElseThrow();
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00Z");

    final MemoryServer server;
    final UseCases useCases;
    private final FakeAgent agent;

    /** By their names, in the order of a row's letters. */
    final Map<String, Key> callers = new LinkedHashMap<>();

    /** Of what a key of the owner of VM 1 has run there. */
    final String executionId;

    final long pid;

    UseCaseScene(Path folder) throws Exception {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        AtomicLong pids = new AtomicLong(6);
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        agent.on("guest-set-time", (request, wire) -> wire.reply("{}"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        agent.on("guest-info", (request, wire) -> wire.reply("{\"version\": \"9.0\", \"supported_commands\": []}"));
        server = new MemoryServer(folder, List.of(new OneVm(folder.resolve("a.sock"))));
        useCases = server.useCases;
        Accounts accounts = server.stored.accounts();
        Account owner = accounts.create("owner");
        accounts.assign(VM, owner);
        server.operations.insert(ended(owner.tenant())).join();
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
                permit -> useCases.exec().start(vm(permit), "x", () -> null).execution());
        executionId = started.id().toString();
        pid = Objects.requireNonNull(started.pid());
        Permit.during(
                note("tenant", UseCase.EXECUTION_FIND),
                permit -> useCases.reads().find(execution(permit), Duration.ofSeconds(10), false, false, bytes -> {}));
    }

    /** An operation in VM 1 that a key of this tenant has asked for. */
    private static Operation ended(Tenant tenant) {
        OperationRequest request =
                new OperationRequest(OperationAction.STOP, false, Duration.ZERO, "000000000000", tenant, null);
        return new Operation(
                OPERATION, VM, request, OperationState.FAILED, List.of(), CREATED, CREATED, "it could not");
    }

    private void caller(String name, Tenant tenant, Scope scope, @Nullable Set<VmId> only, Map<String, String> labels) {
        NewKey wanted = new NewKey(name, tenant, Set.of(scope), only, null, null, null, labels);
        callers.put(name, server.stored.keys().create(wanted).key());
    }

    AuditNote note(String caller, UseCase useCase) {
        Key key = Objects.requireNonNull(callers.get(caller), caller);
        return new AuditNote(server.stored.audit(), new Caller(key, "request", null, "test", null), useCase);
    }

    VisibleVm vm(Permit permit) {
        return useCases.vms().find(permit, VM);
    }

    VisibleExecution execution(Permit permit) {
        return useCases.executions().find(permit, executionId);
    }

    String owner() {
        return String.valueOf(server.stored.accounts().ownerOf(VM).accountId());
    }

    String newAccount() {
        return String.valueOf(server.stored.accounts().create("n").tenant().accountId());
    }

    String newKey(String account) {
        return server.stored
                .keys()
                .create(new NewKey(
                        "n", Tenant.account(account), Set.of(Scope.READ_VM), null, null, null, null, Map.of()))
                .key()
                .id();
    }

    @Override
    public void close() {
        server.close();
        agent.close();
    }
}
