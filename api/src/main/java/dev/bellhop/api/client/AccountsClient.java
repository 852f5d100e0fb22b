// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.CreateAccount;
import dev.bellhop.api.v2.admin.UpdateAccount;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The accounts, with the errors of {@link BellhopClient}. Thread safe. */
public final class AccountsClient {

    private static final String ACCOUNTS = "/api/v2/accounts";

    private final Calls calls;

    AccountsClient(Calls calls) {
        this.calls = calls;
    }

    /** Makes an account. */
    public AccountView create(String name) throws InterruptedException {
        return calls.post(ACCOUNTS, new CreateAccount(name), AccountView.class);
    }

    /**
     * The accounts, oldest first.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<AccountView> list(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return calls.page(new PathAndQuery(ACCOUNTS).page(limit, cursor), AccountView.class);
    }

    /** Every account with this name, oldest first; names need not be unique. */
    public Pages<AccountView> named(String name) {
        return new Pages<>((limit, cursor) ->
                calls.page(new PathAndQuery(ACCOUNTS).with("name", name).page(limit, cursor), AccountView.class));
    }

    /** Every account. */
    public Pages<AccountView> all() {
        return new Pages<>(this::list);
    }

    /** One account, with its state. */
    public Tagged<AccountView> get(String id) throws InterruptedException {
        return calls.tagged(path(id), AccountView.class);
    }

    /** Changes the given fields of an account. */
    public Tagged<AccountView> update(String id, UpdateAccount wanted) throws InterruptedException {
        return calls.patch(path(id), wanted, Map.of(), AccountView.class);
    }

    /** Changes the given fields of an account if it is in the state with this ETag; 412 otherwise. */
    public Tagged<AccountView> update(String id, UpdateAccount wanted, String etag) throws InterruptedException {
        return calls.patch(path(id), wanted, Calls.ifMatch(etag), AccountView.class);
    }

    /** Deletes an account for good, if it has no VMs and no valid keys. */
    public void delete(String id) throws InterruptedException {
        calls.delete(path(id));
    }

    /** The policy of an account, which binds all its keys. Asks for nothing yet. */
    public PolicyClient policy(String id) {
        return new PolicyClient(calls, path(id));
    }

    private static String path(String id) {
        return ACCOUNTS + "/" + PathAndQuery.encode(id);
    }
}
