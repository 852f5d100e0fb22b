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
 * The accounts, whose VMs are whose, and so what each key sees.
 *
 * <p>A key of no account is the operator's and sees all VMs, of those that it lists where it has a list. A key of an account
 * sees that account's VMs alone, with the same restriction, and in them what was started under the account. The rest does not
 * exist for it.
 *
 * <p>All is held in memory, so that a request costs a look-up and no query; a change is durable before it takes effect.
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
    /** Held while accounts are made, deleted, or given something: none is deleted while it is given a VM or a key. */
    private final Object changing = new Object();

    private final ConcurrentMap<String, Account> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<VmId, Tenant> owners = new ConcurrentHashMap<>();

    public Accounts(AccountStore store, Keys keys, Clock clock) {
        this.store = store;
        this.keys = keys;
        this.clock = clock;
        reload();
    }

    /** Takes what is stored, which another server may have changed. */
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

    /** Whether this VM exists for the key's holder. */
    public boolean sees(Key key, VmId vm) {
        return key.lists(vm) && mayRunIn(key.tenant(), vm);
    }

    /**
     * Whether an execution exists for the key's holder. One started by an earlier owner of the VM, or by the operator,
     * is none of the present owner's; nor is it the earlier owner's while the VM is another's, since it may still run
     * and would read and write there.
     */
    public boolean sees(Key key, VmId vm, Tenant startedBy) {
        return sees(key, vm) && TenantFilter.seenBy(key.tenant()).includes(startedBy);
    }

    /** The only VMs that exist for the key's holder; absent for all. */
    public @Nullable Set<VmId> seenBy(Key key) {
        return key.tenant().isOperator()
                ? key.vms()
                : owners.keySet().stream().filter(vm -> sees(key, vm)).collect(Collectors.toSet());
    }

    /**
     * The same of the VMs that a list is about.
     *
     * @param only the list's only VM; absent for all
     */
    public @Nullable Set<VmId> seenBy(Key key, @Nullable VmId only) {
        if (only == null) {
            return seenBy(key);
        }
        return sees(key, only) ? Set.of(only) : Set.of();
    }

    /** Whether a tenant's commands may be started in this VM; the operator's may in each. */
    public boolean mayRunIn(Tenant tenant, VmId vm) {
        return TenantFilter.seenBy(tenant).includes(ownerOf(vm));
    }

    public Tenant ownerOf(VmId vm) {
        return owners.getOrDefault(vm, Tenant.operator());
    }

    /** The VMs of an account, in order of their ids; they need not be there. */
    public List<VmId> vmsOf(Account account) {
        return owners.entrySet().stream()
                .filter(owned -> owned.getValue().equals(account.tenant()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Oldest first. */
    public List<Account> list() {
        return byId.values().stream().sorted(OLDEST_FIRST).toList();
    }

    public int count() {
        return byId.size();
    }

    public Optional<Account> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The account of a tenant; empty for the operator, and where it was deleted. */
    public Optional<Account> find(Tenant tenant) {
        return tenant instanceof Tenant.Account(String id) ? find(id) : Optional.empty();
    }

    /** Which commands a tenant may run; absent for all. */
    public @Nullable Policy policyOf(Tenant tenant) {
        return find(tenant).map(Account::policy).orElse(null);
    }

    /** Makes an account; returns once it is durable. */
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
     * Deletes an account for good; returns once that is durable. What was started under it is only the operator's then.
     * Throws {@code ACCOUNT_IN_USE} where it has VMs or valid keys.
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
     * Gives an account another name; returns once that is durable. Empty if there is no such account.
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

    /** Sets the policy of an account, or takes it away; returns once that is durable. Empty if there is no such account. */
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
     * Gives a VM to an account, whoever had it before; returns once that is durable. False where there is no such
     * account.
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

    /** Makes a VM the operator's; returns once that is durable. */
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

    /** Makes something that is a tenant's, whose account is not deleted meanwhile; empty where there is no such account. */
    public <T> Optional<T> withExisting(Tenant tenant, Supplier<T> creation) {
        return redo(
                () -> tenant.isOperator() || find(tenant).isPresent() ? Optional.of(creation.get()) : Optional.empty());
    }
}
