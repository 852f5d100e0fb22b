// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.ACCOUNTS;
import static dev.bellhop.server.failure.OutdatedException.Kind.KEYS;
import static dev.bellhop.server.failure.OutdatedException.Kind.SSH_KEYS;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.ExecutionJson;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.content.PolicyJson;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

public final class SqlKeyStore implements KeyStore {
    private static final String SEPARATOR = " ";

    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlKeyStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    @Override
    public List<StoredKey> all() {
        return database.load(
                KEYS, connection -> connection.query("SELECT * FROM keys ORDER BY created_at, id", this::readRow));
    }

    @Override
    public CompletableFuture<Void> insert(StoredKey stored) {
        return database.changeLoaded(
                KEYS,
                account(stored.key()),
                Set.of(),
                connection -> GuardedTable.KEYS.insert(connection, cipher, values(stored)));
    }

    /** The kind that the decision relies on: the account must exist. */
    private static Set<Kind> account(Key key) {
        return key.tenant().isOperator() ? Set.of() : Set.of(ACCOUNTS);
    }

    @Override
    public void requireCurrent() {
        database.generations().requireCurrent();
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey stored) {
        return database.changeLoaded(KEYS, account(stored.key()), Set.of(SSH_KEYS), connection -> {
            connection.execute("DELETE FROM ssh_keys WHERE key_id = ?", forgotten.id());
            connection.execute("DELETE FROM keys WHERE id = ?", forgotten.id());
            GuardedTable.KEYS.insert(connection, cipher, values(stored));
        });
    }

    @Override
    public CompletableFuture<Void> update(StoredKey stored) {
        return database.changeLoaded(KEYS, connection -> GuardedTable.KEYS.update(connection, cipher, values(stored)));
    }

    private static @Nullable Object[] values(StoredKey stored) {
        Key key = stored.key();
        OldSecret old = stored.old();
        return new @Nullable Object[] {
            key.id(),
            key.name(),
            key.tenant().accountId(),
            stored.secretHash(),
            joined(key.scopes().stream().map(Scope::wireName).sorted()),
            key.vms() == null ? null : joined(key.vms().stream().sorted().map(VmId::toString)),
            key.networks() == null ? null : joined(key.networks().stream().map(AddressRange::text)),
            key.createdAt().toEpochMilli(),
            Columns.millis(key.expiresAt()),
            Columns.millis(key.revokedAt()),
            key.secretNumber(),
            old == null ? null : old.hash(),
            old == null ? null : Columns.millis(old.until()),
            PolicyJson.write(key.policy()),
            ExecutionJson.names(key.labels())
        };
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return database.change(connection -> times.forEach((id, time) -> connection.execute(
                "UPDATE keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?",
                time.toEpochMilli(),
                id,
                time.toEpochMilli())));
    }

    @Override
    public Map<String, Instant> lastUsed() {
        return database.read(connection -> connection
                .query(
                        "SELECT id, last_used_at FROM keys WHERE last_used_at IS NOT NULL",
                        row -> Map.entry(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    private StoredKey readRow(ResultSet row) throws SQLException {
        GuardedTable.KEYS.check(row, cipher);
        String vms = row.getString("vms");
        String networks = row.getString("networks");
        Key key = new Key(
                row.getString("id"),
                row.getString("name"),
                Tenant.ofAccountId(row.getString("account_id")),
                Set.copyOf(split(row.getString("scopes"), Scope::parse)),
                vms == null ? null : Set.copyOf(split(vms, VmId::parse)),
                networks == null ? null : split(networks, AddressRange::parse),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Columns.time(row, "expires_at"),
                Columns.time(row, "revoked_at"),
                row.getInt("secret_number"),
                PolicyJson.read(row.getString("policy")),
                ExecutionJson.readNames(row.getString("labels")));
        byte[] oldHash = row.getBytes("old_secret_hash");
        Instant oldUntil = Columns.time(row, "old_secret_until");
        return new StoredKey(
                key,
                row.getBytes("secret_hash"),
                oldHash == null || oldUntil == null ? null : new OldSecret(oldHash, oldUntil),
                Columns.time(row, "last_used_at"));
    }

    private static String joined(Stream<String> parts) {
        return parts.collect(Collectors.joining(SEPARATOR));
    }

    private static <T> List<T> split(String joined, Function<String, Optional<T>> parser) {
        return Arrays.stream(joined.split(SEPARATOR))
                .filter(part -> !part.isEmpty())
                .map(part -> parser.apply(part).orElseThrow())
                .toList();
    }
}
