// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.UpdateAccount;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Creates, lists, changes and deletes accounts. Thread safe. */
public final class AccountAdmin {
    private final Accounts accounts;
    private final SavedCommands savedCommands;

    public AccountAdmin(Accounts accounts, SavedCommands savedCommands) {
        this.accounts = accounts;
        this.savedCommands = savedCommands;
    }

    public Account create(Permit permit, String name) {
        permit.callerOf(UseCase.ACCOUNT_CREATE);
        FieldFaults faults = new FieldFaults();
        Names.check(name, faults);
        faults.throwIfAny("Cannot create an account with this name");
        Account created = accounts.create(name);
        permit.note().about(created.id());
        return created;
    }

    /**
     * Returns all accounts, oldest first.
     *
     * @param name only accounts with this name; absent for any
     */
    public List<Account> list(Permit permit, @Nullable String name) {
        permit.callerOf(UseCase.ACCOUNT_LIST);
        return accounts.list().stream()
                .filter(account -> name == null || name.equals(account.name()))
                .toList();
    }

    /** Returns the VMs of an account, in order of their ids. */
    public List<VmId> vmsOf(Account account) {
        return accounts.vmsOf(account);
    }

    /**
     * An account with the VMs that the caller sees.
     *
     * @param vms in order of their ids
     */
    public record SeenAccount(Account account, List<VmId> vms) {}

    /** Finds an account; throws {@code NOT_FOUND}. */
    public SeenAccount find(Permit permit, String id) {
        Account account = find(accounts, permit, UseCase.ACCOUNT_FIND, id);
        Key caller = permit.callerOf(UseCase.ACCOUNT_FIND).key();
        return new SeenAccount(
                account,
                accounts.vmsOf(account).stream()
                        .filter(vm -> accounts.sees(caller, vm))
                        .toList());
    }

    /**
     * Changes an account.
     *
     * @param wanted called only after the account was found
     * @throws BellhopException {@code NOT_FOUND}, or {@code INVALID_FIELD}
     */
    public Account update(Permit permit, String id, Supplier<UpdateAccount> wanted, Precondition<Account> condition) {
        Account account = find(accounts, permit, UseCase.ACCOUNT_UPDATE, id);
        String name = wanted.get().name();
        FieldFaults faults = new FieldFaults();
        if (name != null) {
            Names.check(name, faults);
        }
        faults.throwIfAny("Cannot give an account this name");
        return accounts.rename(account, name, condition).orElseThrow(AccountAdmin::notFound);
    }

    public void delete(Permit permit, String id, Precondition<Account> condition) {
        Account account = find(accounts, permit, UseCase.ACCOUNT_DELETE, id);
        accounts.delete(account, condition);
        savedCommands.accountDeleted(account.tenant());
    }

    /** Finds an account that exists for the caller: any account for an admin, otherwise only its own. */
    static Account find(Accounts accounts, Permit permit, UseCase useCase, String id) {
        Key caller = permit.callerOf(useCase).key();
        Optional<Account> found = accounts.find(id);
        // Also notes an account that the caller does not see: attempts to find such accounts are of interest.
        found.ifPresent(account -> permit.note().about(account.id()));
        return found.filter(account ->
                        caller.allows(Scope.ADMIN) || account.tenant().equals(caller.tenant()))
                .orElseThrow(AccountAdmin::notFound);
    }

    static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find an account with this id; list accounts to see their ids");
    }
}
