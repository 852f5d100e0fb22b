// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.util.List;

/** Makes, lists and deletes accounts. Thread safe. */
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

    /** All of them, oldest first. */
    public List<Account> list(Permit permit) {
        permit.callerOf(UseCase.ACCOUNT_LIST);
        return accounts.list();
    }

    /** The VMs of one of a list, in order of their ids. */
    public List<VmId> vmsOf(Account account) {
        return accounts.vmsOf(account);
    }

    public void delete(Permit permit, String id) {
        Account account = find(accounts, permit, UseCase.ACCOUNT_DELETE, id);
        accounts.delete(account);
        savedCommands.accountDeleted(account.tenant());
    }

    static Account find(Accounts accounts, Permit permit, UseCase useCase, String id) {
        permit.callerOf(useCase);
        Account account = accounts.find(id).orElseThrow(AccountAdmin::notFound);
        permit.note().about(account.id());
        return account;
    }

    static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find an account with this id; list accounts to see their ids");
    }
}
