// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.AccountView;
import dev.bellhop.api.v2.CreateAccount;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Locale;

/** {@code /api/v2/accounts}: make, list and delete accounts. */
final class V2Accounts {
    private static final String PATH = "/api/v2/accounts";

    private final Accounts accounts;
    private final SavedCommands savedCommands;

    V2Accounts(Accounts accounts, SavedCommands savedCommands) {
        this.accounts = accounts;
        this.savedCommands = savedCommands;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.ACCOUNT_LIST, this::list),
                new Route("POST", PATH, UseCase.ACCOUNT_CREATE, this::create),
                new Route("DELETE", PATH + "/{id}", UseCase.ACCOUNT_DELETE, this::delete));
    }

    private Answer create(Call call) {
        String name = call.strictBody(CreateAccount.class).name();
        FieldFaults faults = new FieldFaults();
        Names.check(name, faults);
        faults.throwIfAny("Cannot create an account with this name");
        Account created = accounts.create(name);
        call.note().about(created.tenant());
        return Answer.json(201, view(created));
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                accounts.list(),
                                V2Accounts::position,
                                page -> page.stream().map(this::view).toList()));
    }

    /** Accounts are listed oldest first. */
    private static String position(Account account) {
        return String.format(Locale.ROOT, "%015d-%s", account.createdAt().toEpochMilli(), account.id());
    }

    private Answer delete(Call call) {
        Account account = account(call, accounts);
        accounts.delete(account);
        savedCommands.accountDeleted(account.tenant());
        return Answer.noContent();
    }

    /** The account in the path. */
    static Account account(Call call, Accounts accounts) {
        Account account = accounts.find(call.pathParameter("id")).orElseThrow(V2Accounts::notFound);
        call.note().about(account.tenant());
        return account;
    }

    static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find an account with this id; list accounts to see their ids");
    }

    private AccountView view(Account account) {
        List<Long> vms = accounts.vmsOf(account).stream().map(VmId::value).toList();
        return new AccountView(account.id(), account.name(), account.createdAt(), vms);
    }
}
