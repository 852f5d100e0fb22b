// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Keys in SQL. */
public final class SqlKeyStore implements KeyStore {
    private static final String SEPARATOR = " ";

    private final SqliteDatabase database;

    public SqlKeyStore(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public List<StoredKey> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM keys ORDER BY created_at, id")
                .map(SqlKeyStore::readRow)
                .list());
    }

    @Override
    public CompletableFuture<Void> insert(StoredKey stored) {
        return database.change(connection -> insert(connection, stored));
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(Key forgotten, StoredKey stored) {
        return database.change(connection -> {
            connection.execute("DELETE FROM keys WHERE id = ?", forgotten.id());
            insert(connection, stored);
        });
    }

    private static void insert(WriteConnection connection, StoredKey stored) {
        Key key = stored.key();
        connection.execute(
                "INSERT INTO keys (id, name, account_id, secret_hash, scopes, vms, networks, created_at, expires_at,"
                        + " revoked_at, secret_number, policy, labels)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key.id(),
                key.name(),
                key.account(),
                stored.secretHash(),
                key.scopes().stream().map(Scope::wireName).sorted().collect(Collectors.joining(SEPARATOR)),
                joined(key.vms()),
                networks(key.networks()),
                key.createdAt().toEpochMilli(),
                Millis.of(key.expiresAt()),
                Millis.of(key.revokedAt()),
                key.secretNumber(),
                PolicyJson.write(key.policy()),
                ExecutionJson.names(key.labels()));
    }

    @Override
    public CompletableFuture<Void> updateRevoked(Key key) {
        return update(key.id(), "UPDATE keys SET revoked_at = ? WHERE id = ?", Millis.of(key.revokedAt()), key.id());
    }

    @Override
    public CompletableFuture<Void> updatePolicy(Key key) {
        return update(key.id(), "UPDATE keys SET policy = ? WHERE id = ?", PolicyJson.write(key.policy()), key.id());
    }

    @Override
    public CompletableFuture<Void> updateSecret(StoredKey stored) {
        OldSecret old = stored.old();
        return update(
                stored.key().id(),
                "UPDATE keys SET secret_hash = ?, secret_number = ?, old_secret_hash = ?, old_secret_until = ? WHERE id = ?",
                stored.secretHash(),
                stored.key().secretNumber(),
                old == null ? null : old.hash(),
                old == null ? null : Millis.of(old.until()),
                stored.key().id());
    }

    private CompletableFuture<Void> update(String id, String sql, @Nullable Object... values) {
        return database.change(connection -> {
            if (connection.execute(sql, values) != 1) {
                throw new IllegalStateException("key " + id + " is not in the database");
            }
        });
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return database.change(connection -> times.forEach((id, time) ->
                connection.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", time.toEpochMilli(), id)));
    }

    private static StoredKey readRow(ResultSet row, StatementContext context) throws SQLException {
        String vms = row.getString("vms");
        String networks = row.getString("networks");
        Key key = new Key(
                row.getString("id"),
                row.getString("name"),
                row.getString("account_id"),
                split(row.getString("scopes")).stream()
                        .map(name -> Scope.parse(name).orElseThrow())
                        .collect(Collectors.toSet()),
                vms == null
                        ? null
                        : split(vms).stream()
                                .map(VmId::parse)
                                .map(vm -> vm.orElseThrow())
                                .collect(Collectors.toSet()),
                networks == null
                        ? null
                        : split(networks).stream()
                                .map(text -> AddressRange.parse(text).orElseThrow())
                                .toList(),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Millis.read(row, "expires_at"),
                Millis.read(row, "revoked_at"),
                row.getInt("secret_number"),
                PolicyJson.read(row.getString("policy")),
                ExecutionJson.readNames(row.getString("labels")));
        byte[] oldHash = row.getBytes("old_secret_hash");
        Instant oldUntil = Millis.read(row, "old_secret_until");
        return new StoredKey(
                key,
                row.getBytes("secret_hash"),
                oldHash == null || oldUntil == null ? null : new OldSecret(oldHash, oldUntil),
                Millis.read(row, "last_used_at"));
    }

    private static @Nullable String networks(@Nullable List<AddressRange> networks) {
        return networks == null
                ? null
                : networks.stream().map(AddressRange::text).collect(Collectors.joining(SEPARATOR));
    }

    private static @Nullable String joined(@Nullable Set<VmId> vms) {
        return vms == null ? null : vms.stream().sorted().map(VmId::toString).collect(Collectors.joining(SEPARATOR));
    }

    private static List<String> split(String joined) {
        return Arrays.stream(joined.split(SEPARATOR))
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
