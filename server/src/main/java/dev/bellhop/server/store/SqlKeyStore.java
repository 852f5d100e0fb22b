// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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
        Key key = stored.key();
        return database.change(connection -> connection.execute(
                "INSERT INTO keys (id, name, account_id, secret_hash, scopes, vms, created_at, expires_at, revoked_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key.id(),
                key.name(),
                key.account(),
                stored.secretHash(),
                key.scopes().stream().map(Scope::wireName).sorted().collect(Collectors.joining(SEPARATOR)),
                joined(key.vms()),
                key.createdAt().toEpochMilli(),
                Millis.of(key.expiresAt()),
                Millis.of(key.revokedAt())));
    }

    @Override
    public CompletableFuture<Void> updateRevoked(Key key) {
        return database.change(connection -> {
            int updated = connection.execute(
                    "UPDATE keys SET revoked_at = ? WHERE id = ?", Millis.of(key.revokedAt()), key.id());
            if (updated != 1) {
                throw new IllegalStateException("key " + key.id() + " is not in the database");
            }
        });
    }

    private static StoredKey readRow(ResultSet row, StatementContext context) throws SQLException {
        String vms = row.getString("vms");
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
                Instant.ofEpochMilli(row.getLong("created_at")),
                Millis.read(row, "expires_at"),
                Millis.read(row, "revoked_at"));
        return new StoredKey(key, row.getBytes("secret_hash"));
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
