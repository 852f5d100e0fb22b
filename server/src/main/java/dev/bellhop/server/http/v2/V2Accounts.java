// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.CreateAccount;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.AccountAdmin;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Locale;

/** {@code /api/v2/accounts}: make, list and delete accounts. */
public final class V2Accounts {
    private static final String PATH = "/api/v2/accounts";

    private final AccountAdmin accounts;

    public V2Accounts(AccountAdmin accounts) {
        this.accounts = accounts;
    }

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.ACCOUNT_LIST, this::list),
                new Route("POST", PATH, UseCase.ACCOUNT_CREATE, this::create),
                new Route("DELETE", PATH + "/{id}", UseCase.ACCOUNT_DELETE, this::delete));
    }

    private Answer create(Call call) {
        String name = call.strictBody(CreateAccount.class).name();
        return Answer.json(201, view(accounts.create(call.permit(), name)));
    }

    private Answer list(Call call) {
        Page<AccountView> page = Paging.of(call)
                .page(
                        accounts.list(call.permit()),
                        V2Accounts::position,
                        some -> some.stream().map(this::view).toList());
        return Answer.json(200, page);
    }

    /** Accounts are listed oldest first. */
    private static String position(Account account) {
        return String.format(Locale.ROOT, "%015d-%s", account.createdAt().toEpochMilli(), account.id());
    }

    private Answer delete(Call call) {
        accounts.delete(call.permit(), call.pathParameter("id"));
        return Answer.noContent();
    }

    private AccountView view(Account account) {
        List<Long> vms = accounts.vmsOf(account).stream().map(VmId::value).toList();
        return new AccountView(account.id(), account.name(), account.createdAt(), vms);
    }
}
