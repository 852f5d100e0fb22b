// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Manages the accounts and the owners of VMs, and decides which VMs and executions each key sees.
 *
 * <p>A key without an account belongs to the operator. It sees all VMs, or the VMs on its list if it has one. A key of
 * an account sees only that account's VMs, limited by its list in the same way, and in them only the executions that
 * were started under the account. Everything else does not exist for it.
 *
 * <p>All data is held in memory, so a request costs a look-up and no query. A change is durable before it takes effect.
 * Thread safe.
 */
public final class Accounts {
    private static final int ID_BYTES = 6;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Comparator<Account> OLDEST_FIRST =
            Comparator.comparing(Account::createdAt).thenComparing(Account::id);

    private final AccountStore store;
    private final Keys keys;
    private final Clock clock;
    /** Held while an account is created, deleted or given a VM or a key, so an account cannot be deleted in between. */
    private final Object changing = new Object();

    private final ConcurrentMap<String, Account> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<VmId, Tenant> owners = new ConcurrentHashMap<>();

    public Accounts(AccountStore store, Keys keys, Clock clock) {
        this.store = store;
        this.keys = keys;
        this.clock = clock;
        reload();
    }

    /** Reloads the accounts from the store, where another server may have changed them. */
    public void reload() {
        synchronized (changing) {
            Map<String, Account> all = store.all().stream().collect(Collectors.toMap(Account::id, account -> account));
            Map<VmId, Tenant> allOwners = store.owners();
            byId.putAll(all);
            byId.keySet().retainAll(all.keySet());
            owners.putAll(allOwners);
            owners.keySet().retainAll(allOwners.keySet());
        }
    }

    private <T> T redo(Supplier<T> change) {
        return OutdatedException.redo(Kind.ACCOUNTS, this::reload, () -> {
            synchronized (changing) {
                return change.get();
            }
        });
    }

    /** Returns whether this VM exists for the key's holder. */
    public boolean sees(Key key, VmId vm) {
        return key.lists(vm) && mayRunIn(key.tenant(), vm);
    }

    /**
     * Returns whether an execution exists for the key's holder. The present owner of a VM does not see executions of an
     * earlier owner or the operator. While another tenant owns the VM, the earlier owner does not see them either,
     * because a running execution could still read and write there.
     */
    public boolean sees(Key key, VmId vm, Tenant startedBy) {
        return sees(key, vm) && TenantFilter.seenBy(key.tenant()).includes(startedBy);
    }

    /** Returns the only VMs that exist for the key's holder; absent for all. */
    public @Nullable Set<VmId> seenBy(Key key) {
        return key.tenant().isOperator()
                ? key.vms()
                : owners.keySet().stream().filter(vm -> sees(key, vm)).collect(Collectors.toSet());
    }

    /**
     * Returns the same for a list that can be limited to one VM.
     *
     * @param only the list's only VM; absent for all
     */
    public @Nullable Set<VmId> seenBy(Key key, @Nullable VmId only) {
        if (only == null) {
            return seenBy(key);
        }
        return sees(key, only) ? Set.of(only) : Set.of();
    }

    /** Returns whether a tenant can start commands in this VM. The operator can in every VM. */
    public boolean mayRunIn(Tenant tenant, VmId vm) {
        return TenantFilter.seenBy(tenant).includes(ownerOf(vm));
    }

    public Tenant ownerOf(VmId vm) {
        return owners.getOrDefault(vm, Tenant.operator());
    }

    /** Returns the VMs of an account, ordered by id; they need not exist. */
    public List<VmId> vmsOf(Account account) {
        return owners.entrySet().stream()
                .filter(owned -> owned.getValue().equals(account.tenant()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Returns all accounts, oldest first. */
    public List<Account> list() {
        return byId.values().stream().sorted(OLDEST_FIRST).toList();
    }

    public int count() {
        return byId.size();
    }

    public Optional<Account> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Returns the account of a tenant; empty for the operator and for deleted accounts. */
    public Optional<Account> find(Tenant tenant) {
        return tenant instanceof Tenant.Account(String id) ? find(id) : Optional.empty();
    }

    /** Returns the policy for a tenant's commands; absent if all are allowed. */
    public @Nullable Policy policyOf(Tenant tenant) {
        return find(tenant).map(Account::policy).orElse(null);
    }

    /** Creates an account; returns when it is durable. */
    public Account create(String name) {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        Account account =
                new Account(HexFormat.of().formatHex(id), name, clock.instant().truncatedTo(ChronoUnit.MILLIS));
        return redo(() -> {
            Writes.await(store.insert(account));
            byId.put(account.id(), account);
            return account;
        });
    }

    /**
     * Deletes an account permanently; returns when that is durable. From then on only the operator sees its executions.
     * Throws {@code ACCOUNT_IN_USE} if it has VMs or valid keys.
     */
    public void delete(Account account, Precondition<Account> condition) {
        OutdatedException.redo(Kind.KEYS, keys::reload, () -> redo(() -> deleteUnused(account, condition)));
    }

    private boolean deleteUnused(Account account, Precondition<Account> condition) {
        Account there = byId.get(account.id());
        if (there == null) {
            return false;
        }
        condition.require(there);
        int vms = vmsOf(account).size();
        if (vms > 0) {
            throw inUse("it owns VMs, " + vms + " of them; unassign them first");
        }
        long valid = keys.validOf(account.tenant());
        if (valid > 0) {
            throw inUse("it has valid keys, " + valid + " of them; revoke them first");
        }
        Writes.await(store.delete(account, clock.instant()));
        byId.remove(account.id());
        return true;
    }

    /**
     * Renames an account; returns when that is durable. Empty if there is no such account.
     *
     * @param name absent to keep the present name
     */
    public Optional<Account> rename(Account account, @Nullable String name, Precondition<Account> condition) {
        return redo(() -> {
            Account there = byId.get(account.id());
            if (there == null) {
                return Optional.empty();
            }
            condition.require(there);
            return Optional.of(name == null || name.equals(there.name()) ? there : replace(there.withName(name)));
        });
    }

    private Account replace(Account changed) {
        Writes.await(store.update(changed));
        byId.put(changed.id(), changed);
        return changed;
    }

    /** Sets or removes the policy of an account; returns when that is durable. Empty if there is no such account. */
    public Optional<Written> setPolicy(Account account, @Nullable Policy policy, Precondition<Policy> condition) {
        return redo(() -> {
            Account there = byId.get(account.id());
            if (there == null) {
                return Optional.empty();
            }
            condition.require(there.policy());
            replace(there.withPolicy(policy));
            return Optional.of(there.policy() == null ? Written.CREATED : Written.REPLACED);
        });
    }

    private static BellhopException inUse(String why) {
        return new BellhopException(ErrorCode.ACCOUNT_IN_USE, "Cannot delete this account because " + why);
    }

    /**
     * Gives a VM to an account, regardless of its previous owner; returns when that is durable. False if there is no
     * such account.
     */
    public boolean assign(VmId vm, Account account) {
        return redo(() -> {
            if (!byId.containsKey(account.id())) {
                return false;
            }
            Writes.await(store.assign(vm, account.tenant()));
            owners.put(vm, account.tenant());
            return true;
        });
    }

    /** Gives a VM back to the operator; returns when that is durable. */
    public void unassign(VmId vm) {
        var _ = redo(() -> {
            if (!owners.containsKey(vm)) {
                return false;
            }
            Writes.await(store.assign(vm, Tenant.operator()));
            owners.remove(vm);
            return true;
        });
    }

    /**
     * Creates something for a tenant and prevents the deletion of its account in the meantime. Empty if there is no
     * such account.
     */
    public <T> Optional<T> withExisting(Tenant tenant, Supplier<T> creation) {
        return redo(
                () -> tenant.isOperator() || find(tenant).isPresent() ? Optional.of(creation.get()) : Optional.empty());
    }
}
