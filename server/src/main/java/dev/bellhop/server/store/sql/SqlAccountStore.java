// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.store.GuardedTable;
import dev.bellhop.server.store.PolicyJson;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

public final class SqlAccountStore implements AccountStore {
    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlAccountStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    @Override
    public List<Account> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM accounts ORDER BY created_at, id")
                .map((row, context) -> account(row))
                .list());
    }

    private Account account(ResultSet row) throws SQLException {
        GuardedTable.ACCOUNTS.check(row, cipher);
        return new Account(
                row.getString("id"),
                row.getString("name"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                PolicyJson.read(row.getString("policy")));
    }

    private static @Nullable Object[] values(Account account) {
        return new @Nullable Object[] {
            account.id(), account.name(), account.createdAt().toEpochMilli(), PolicyJson.write(account.policy())
        };
    }

    private record Owned(VmId vm, Tenant owner) {}

    @Override
    public Map<VmId, Tenant> owners() {
        return database.read(handle -> handle.createQuery("SELECT vmid, account_id, mac FROM account_vms")
                .map((row, context) -> owned(row))
                .collect(Collectors.toMap(Owned::vm, Owned::owner)));
    }

    private Owned owned(ResultSet row) throws SQLException {
        GuardedTable.OWNERS.check(row, cipher);
        return new Owned(new VmId(row.getLong("vmid")), Tenant.account(row.getString("account_id")));
    }

    @Override
    public CompletableFuture<Void> insert(Account account) {
        return database.change(connection -> GuardedTable.ACCOUNTS.insert(connection, cipher, values(account)));
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
        return database.change(connection -> GuardedTable.ACCOUNTS.update(connection, cipher, values(account)));
    }

    @Override
    public CompletableFuture<Void> assign(VmId vm, Tenant owner) {
        return database.change(connection -> {
            if (owner.isOperator()) {
                connection.execute("DELETE FROM account_vms WHERE vmid = ?", vm.value());
            } else {
                GuardedTable.OWNERS.replace(connection, cipher, vm.value(), owner.accountId());
            }
        });
    }
}
