// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.audit.MemoryAuditStore.require;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Accounts in memory, for tests of what does not depend on a database. It passes the contract of all stores. */
public final class MemoryAccountStore implements AccountStore {
    private final MemoryAuditStore audit;
    private final MemorySavedCommandStore savedCommands;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final Map<VmId, Tenant> owners = new ConcurrentHashMap<>();

    public MemoryAccountStore(MemoryAuditStore audit, MemorySavedCommandStore savedCommands) {
        this.audit = audit;
        this.savedCommands = savedCommands;
    }

    @Override
    public List<Account> all() {
        return accounts.values().stream()
                .sorted(Comparator.comparing(Account::createdAt).thenComparing(Account::id))
                .toList();
    }

    @Override
    public Map<VmId, Tenant> owners() {
        return Map.copyOf(owners);
    }

    @Override
    public CompletableFuture<Void> insert(Account account) {
        return audit.change(() -> require(accounts.putIfAbsent(account.id(), account) == null));
    }

    @Override
    public CompletableFuture<Void> delete(Account account, Instant now) {
        return audit.change(() -> {
            accounts.remove(account.id());
            savedCommands.deleteAll(account.tenant());
        });
    }

    @Override
    public CompletableFuture<Void> update(Account account) {
        return audit.change(() -> require(
                accounts.computeIfPresent(account.id(), (id, stored) -> stored.withPolicy(account.policy())) != null));
    }

    @Override
    public CompletableFuture<Void> assign(VmId vm, Tenant owner) {
        return audit.change(() -> owners.compute(vm, (id, before) -> owner.isOperator() ? null : owner));
    }
}
