// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.store.ExecutionJson;
import dev.bellhop.server.store.GuardedRows;
import dev.bellhop.server.store.Millis;
import dev.bellhop.server.store.PolicyJson;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Keys in SQLite. */
public final class SqliteKeyStore implements KeyStore {
    private static final String SEPARATOR = " ";

    private static final String INSERT = "INSERT INTO keys (" + String.join(", ", GuardedRows.KEYS.columns())
            + ", mac) VALUES (" + "?, ".repeat(GuardedRows.KEYS.columns().size()) + "?)";

    private static final String UPDATE = "UPDATE keys SET (" + String.join(", ", GuardedRows.KEYS.columns())
            + ", mac) = (" + "?, ".repeat(GuardedRows.KEYS.columns().size()) + "?) WHERE id = ?";

    private final SqliteDatabase database;
    private final SealedContent content;

    public SqliteKeyStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    @Override
    public List<StoredKey> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM keys ORDER BY created_at, id")
                .map(this::readRow)
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

    private void insert(WriteConnection connection, StoredKey stored) {
        connection.execute(INSERT, withMac(stored).toArray());
    }

    @Override
    public CompletableFuture<Void> update(StoredKey stored) {
        String id = stored.key().id();
        return database.change(connection -> {
            List<@Nullable Object> values = withMac(stored);
            values.add(id);
            if (connection.execute(UPDATE, values.toArray()) != 1) {
                throw new IllegalStateException("key " + id + " is not in the database");
            }
        });
    }

    /** On the connection that writes, so that its MAC is made with the key that encrypts now. */
    private List<@Nullable Object> withMac(StoredKey stored) {
        List<@Nullable Object> values = values(stored);
        values.add(content.mac(GuardedRows.KEYS.text(values)));
        return values;
    }

    private static List<@Nullable Object> values(StoredKey stored) {
        Key key = stored.key();
        OldSecret old = stored.old();
        return new ArrayList<@Nullable Object>(Arrays.<@Nullable Object>asList(
                key.id(),
                key.name(),
                key.tenant().accountId(),
                stored.secretHash(),
                key.scopes().stream().map(Scope::wireName).sorted().collect(Collectors.joining(SEPARATOR)),
                joined(key.vms()),
                networks(key.networks()),
                key.createdAt().toEpochMilli(),
                Millis.of(key.expiresAt()),
                Millis.of(key.revokedAt()),
                key.secretNumber(),
                old == null ? null : old.hash(),
                old == null ? null : Millis.of(old.until()),
                PolicyJson.write(key.policy()),
                ExecutionJson.names(key.labels())));
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return database.change(connection -> times.forEach((id, time) ->
                connection.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", time.toEpochMilli(), id)));
    }

    private StoredKey readRow(ResultSet row, StatementContext context) throws SQLException {
        content.checkMac(row.getBytes("mac"), GuardedRows.KEYS.text(row));
        String vms = row.getString("vms");
        String networks = row.getString("networks");
        Key key = new Key(
                row.getString("id"),
                row.getString("name"),
                Tenant.ofAccountId(row.getString("account_id")),
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
