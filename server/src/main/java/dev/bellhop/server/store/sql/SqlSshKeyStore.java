// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.KEYS;
import static dev.bellhop.server.failure.OutdatedException.Kind.SSH_KEYS;

import dev.bellhop.server.access.ssh.SshKey;
import dev.bellhop.server.access.ssh.SshKeyStore;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.GuardedTable;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

public final class SqlSshKeyStore implements SshKeyStore {
    /** Separates principals, which never contain it. */
    private static final String BETWEEN = ",";

    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlSshKeyStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    @Override
    public List<Stored> all() {
        return database.load(
                SSH_KEYS,
                connection -> connection.query("SELECT * FROM ssh_keys ORDER BY added_at, id", this::readRow));
    }

    private Stored readRow(ResultSet row) throws SQLException {
        GuardedTable.SSH_KEYS.check(row, cipher);
        SshKey key = new SshKey(
                row.getString("id"),
                row.getString("key_id"),
                PublicKey.parse(row.getString("public_key")).orElseThrow(),
                principals(row.getString("principals")),
                row.getString("label"),
                Instant.ofEpochMilli(row.getLong("added_at")),
                row.getString("added_by"),
                Columns.time(row, "expires_at"));
        return new Stored(key, Columns.time(row, "last_used_at"));
    }

    private static @Nullable Object[] values(SshKey key) {
        return new @Nullable Object[] {
            key.id(),
            key.keyId(),
            key.fingerprint(),
            key.publicKey().line(),
            key.label(),
            key.addedAt().toEpochMilli(),
            key.addedBy(),
            Columns.millis(key.expiresAt()),
            key.principals() == null ? null : String.join(BETWEEN, key.principals())
        };
    }

    private static @Nullable List<String> principals(@Nullable String stored) {
        return stored == null ? null : List.of(stored.split(BETWEEN));
    }

    @Override
    public CompletableFuture<Void> insert(SshKey key) {
        return change(connection -> GuardedTable.SSH_KEYS.insert(connection, cipher, values(key)));
    }

    @Override
    public CompletableFuture<Void> insertInPlaceOf(List<SshKey> deleted, SshKey key) {
        return change(connection -> {
            deleted.forEach(each -> delete(connection, each));
            GuardedTable.SSH_KEYS.insert(connection, cipher, values(key));
        });
    }

    @Override
    public CompletableFuture<Void> update(SshKey key) {
        return change(connection -> GuardedTable.SSH_KEYS.update(connection, cipher, values(key)));
    }

    @Override
    public CompletableFuture<Void> delete(SshKey key) {
        return change(connection -> delete(connection, key));
    }

    private static void delete(WriteConnection connection, SshKey key) {
        connection.execute("DELETE FROM ssh_keys WHERE id = ?", key.id());
    }

    /** Changes SSH keys. The decision relies on the API keys. */
    private CompletableFuture<Void> change(Consumer<WriteConnection> work) {
        return database.changeLoaded(SSH_KEYS, Set.of(KEYS), Set.of(), work);
    }

    @Override
    public CompletableFuture<Void> updateLastUsed(Map<String, Instant> times) {
        return database.change(connection -> times.forEach((id, time) -> connection.execute(
                "UPDATE ssh_keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?",
                time.toEpochMilli(),
                id,
                time.toEpochMilli())));
    }

    @Override
    public Map<String, Instant> lastUsed() {
        return database.read(connection -> connection
                .query(
                        "SELECT id, last_used_at FROM ssh_keys WHERE last_used_at IS NOT NULL",
                        row -> Map.entry(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }
}
