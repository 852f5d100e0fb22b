// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.store.GuardedRows;
import dev.bellhop.server.store.PolicyJson;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Accounts in SQLite. */
public final class SqliteAccountStore implements AccountStore {
    private final SqliteDatabase database;
    private final SealedContent content;

    public SqliteAccountStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    @Override
    public List<Account> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM accounts ORDER BY created_at, id")
                .map((row, context) -> account(row))
                .list());
    }

    private Account account(ResultSet row) throws SQLException {
        content.checkMac(row.getBytes("mac"), GuardedRows.ACCOUNTS.text(row));
        return new Account(
                row.getString("id"),
                row.getString("name"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                PolicyJson.read(row.getString("policy")));
    }

    /** On the connection that writes, so that it is made with the key that encrypts now. */
    private byte[] mac(Account account) {
        return content.mac(GuardedRows.ACCOUNTS.text(Arrays.<@Nullable Object>asList(
                account.id(), account.name(), account.createdAt().toEpochMilli(), PolicyJson.write(account.policy()))));
    }

    private record Owned(VmId vm, Tenant owner) {}

    @Override
    public Map<VmId, Tenant> owners() {
        return database.read(handle -> handle.createQuery("SELECT vmid, account_id, mac FROM account_vms")
                .map((row, context) -> owned(row))
                .collect(Collectors.toMap(Owned::vm, Owned::owner)));
    }

    private Owned owned(ResultSet row) throws SQLException {
        content.checkMac(row.getBytes("mac"), GuardedRows.OWNERS.text(row));
        return new Owned(new VmId(row.getLong("vmid")), Tenant.account(row.getString("account_id")));
    }

    @Override
    public CompletableFuture<Void> insert(Account account) {
        return database.change(connection -> connection.execute(
                "INSERT INTO accounts (id, name, created_at, policy, mac) VALUES (?, ?, ?, ?, ?)",
                account.id(),
                account.name(),
                account.createdAt().toEpochMilli(),
                PolicyJson.write(account.policy()),
                mac(account)));
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
                            "UPDATE accounts SET policy = ?, mac = ? WHERE id = ?",
                            PolicyJson.write(account.policy()),
                            mac(account),
                            account.id())
                    != 1) {
                throw new IllegalStateException("account " + account.id() + " is not in the database");
            }
        });
    }

    @Override
    public CompletableFuture<Void> assign(VmId vm, Tenant owner) {
        return database.change(connection -> {
            String account = owner.accountId();
            if (account == null) {
                connection.execute("DELETE FROM account_vms WHERE vmid = ?", vm.value());
            } else {
                connection.execute(
                        "INSERT OR REPLACE INTO account_vms (vmid, account_id, mac) VALUES (?, ?, ?)",
                        vm.value(),
                        account,
                        content.mac(GuardedRows.OWNERS.text(Arrays.<@Nullable Object>asList(vm.value(), account))));
            }
        });
    }
}
