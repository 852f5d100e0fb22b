// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Accounts in SQL. */
public final class SqlAccountStore implements AccountStore {
    private final SqliteDatabase database;

    public SqlAccountStore(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public List<Account> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM accounts ORDER BY created_at, id")
                .map((row, context) -> new Account(
                        row.getString("id"),
                        row.getString("name"),
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        PolicyJson.read(row.getString("policy"))))
                .list());
    }

    private record Owned(VmId vm, String accountId) {}

    @Override
    public Map<VmId, String> owners() {
        return database.read(handle -> handle.createQuery("SELECT vmid, account_id FROM account_vms")
                .map((row, context) -> new Owned(new VmId(row.getLong(1)), row.getString(2)))
                .collect(Collectors.toMap(Owned::vm, Owned::accountId)));
    }

    @Override
    public CompletableFuture<Void> insert(Account account) {
        return database.change(connection -> connection.execute(
                "INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)",
                account.id(),
                account.name(),
                account.createdAt().toEpochMilli()));
    }

    @Override
    public CompletableFuture<Void> delete(Account account) {
        return database.change(connection -> {
            connection.execute("DELETE FROM saved_commands WHERE account_id = ?", account.id());
            connection.execute("DELETE FROM accounts WHERE id = ?", account.id());
        });
    }

    @Override
    public CompletableFuture<Void> updatePolicy(Account account) {
        return database.change(connection -> {
            if (connection.execute(
                            "UPDATE accounts SET policy = ? WHERE id = ?",
                            PolicyJson.write(account.policy()),
                            account.id())
                    != 1) {
                throw new IllegalStateException("account " + account.id() + " is not in the database");
            }
        });
    }

    @Override
    public CompletableFuture<Void> assign(VmId vm, @Nullable Account account) {
        return database.change(connection -> {
            if (account == null) {
                connection.execute("DELETE FROM account_vms WHERE vmid = ?", vm.value());
            } else {
                connection.execute(
                        "INSERT OR REPLACE INTO account_vms (vmid, account_id) VALUES (?, ?)",
                        vm.value(),
                        account.id());
            }
        });
    }
}
