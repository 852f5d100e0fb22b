// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.ACCOUNTS;
import static dev.bellhop.server.failure.OutdatedException.Kind.KEYS;
import static dev.bellhop.server.failure.OutdatedException.Kind.SAVED_COMMANDS;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.content.PolicyJson;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

public final class SqlAccountStore implements AccountStore {
    private static final String VALID_KEY = "SELECT 1 FROM keys WHERE account_id = ? AND revoked_at IS NULL"
            + " AND (expires_at IS NULL OR expires_at > ?) LIMIT 1";

    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlAccountStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    @Override
    public List<Account> all() {
        return database.load(
                ACCOUNTS,
                connection -> connection.query("SELECT * FROM accounts ORDER BY created_at, id", this::account));
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
        return database.read(
                connection -> connection.query("SELECT vmid, account_id, mac FROM account_vms", this::owned).stream()
                        .collect(Collectors.toMap(Owned::vm, Owned::owner)));
    }

    private Owned owned(ResultSet row) throws SQLException {
        GuardedTable.OWNERS.check(row, cipher);
        return new Owned(new VmId(row.getLong("vmid")), Tenant.account(row.getString("account_id")));
    }

    @Override
    public CompletableFuture<Void> insert(Account account) {
        return database.changeLoaded(
                ACCOUNTS, connection -> GuardedTable.ACCOUNTS.insert(connection, cipher, values(account)));
    }

    @Override
    public CompletableFuture<Void> delete(Account account, Instant now) {
        return database.changeLoaded(ACCOUNTS, Set.of(), Set.of(SAVED_COMMANDS), connection -> {
            // No key is added in the meantime, because adding one relies on the accounts.
            if (connection.queryFirst(VALID_KEY, row -> true, account.id(), now.toEpochMilli()) != null) {
                throw new OutdatedException(KEYS);
            }
            connection.execute("DELETE FROM saved_commands WHERE account_id = ?", account.id());
            connection.execute("DELETE FROM accounts WHERE id = ?", account.id());
        });
    }

    @Override
    public CompletableFuture<Void> update(Account account) {
        return database.changeLoaded(
                ACCOUNTS, connection -> GuardedTable.ACCOUNTS.update(connection, cipher, values(account)));
    }

    @Override
    public CompletableFuture<Void> assign(VmId vm, Tenant owner) {
        return database.changeLoaded(ACCOUNTS, connection -> {
            if (owner.isOperator()) {
                connection.execute("DELETE FROM account_vms WHERE vmid = ?", vm.value());
            } else {
                GuardedTable.OWNERS.replace(connection, cipher, vm.value(), owner.accountId());
            }
        });
    }
}
