// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.CreateAccount;
import dev.bellhop.api.v2.admin.UpdateAccount;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.EntityTags;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.AccountAdmin;
import dev.bellhop.server.vm.VmId;
import java.util.List;

/** {@code /api/v2/accounts}: creates, lists, changes and deletes accounts. */
public record V2Accounts(AccountAdmin accounts) {
    private static final String PATH = "/api/v2/accounts";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.ACCOUNT_LIST, this::list).query("name", "limit", "cursor"),
                new Route("POST", PATH, UseCase.ACCOUNT_CREATE, this::create),
                new Route("GET", PATH + "/{id}", UseCase.ACCOUNT_FIND, this::find),
                new Route("PATCH", PATH + "/{id}", UseCase.ACCOUNT_UPDATE, this::update),
                new Route("DELETE", PATH + "/{id}", UseCase.ACCOUNT_DELETE, this::delete));
    }

    private HttpResponse create(Call call) {
        String name = call.strictBody(CreateAccount.class).name();
        AccountView view = view(accounts.create(call.permit(), name));
        return EntityTags.created(PATH + "/" + view.id(), view, EntityTags.of(view));
    }

    private HttpResponse find(Call call) {
        AccountAdmin.SeenAccount seen = accounts.find(call.permit(), call.pathParameter("id"));
        return EntityTags.read(call, view(seen.account(), seen.vms()));
    }

    private HttpResponse list(Call call) {
        return HttpResponse.json(
                200,
                Paging.of(call, "accounts")
                        .page(
                                accounts.list(
                                        call.permit(), Parameters.name(call).orElse(null)),
                                account -> Paging.position(account.createdAt(), account.id()),
                                some -> some.stream().map(this::view).toList()));
    }

    private HttpResponse delete(Call call) {
        accounts.delete(call.permit(), call.pathParameter("id"), condition(call));
        return HttpResponse.noContent();
    }

    private HttpResponse update(Call call) {
        AccountView view = view(accounts.update(
                call.permit(), call.pathParameter("id"), () -> call.strictBody(UpdateAccount.class), condition(call)));
        return EntityTags.changed(view, EntityTags.of(view));
    }

    private Precondition<Account> condition(Call call) {
        return EntityTags.ofChange(call, account -> EntityTags.of(view(account)));
    }

    private AccountView view(Account account) {
        return view(account, accounts.vmsOf(account));
    }

    private static AccountView view(Account account, List<VmId> vms) {
        return new AccountView(
                account.id(),
                account.name(),
                account.createdAt(),
                vms.stream().map(VmId::value).toList());
    }
}
