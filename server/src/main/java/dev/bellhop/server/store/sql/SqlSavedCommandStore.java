// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.failure.OutdatedException.Kind.ACCOUNTS;
import static dev.bellhop.server.failure.OutdatedException.Kind.SAVED_COMMANDS;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.content.SavedCommandJson;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

public final class SqlSavedCommandStore implements SavedCommandStore {
    private final SqlDatabase database;
    private final ContentCipher cipher;

    public SqlSavedCommandStore(SqlDatabase database) {
        this.database = database;
        this.cipher = database.cipher();
    }

    @Override
    public List<SavedCommand> all() {
        return database.load(
                SAVED_COMMANDS,
                connection -> connection.query(
                        "SELECT * FROM saved_commands ORDER BY account_id, name, version", this::read));
    }

    private SavedCommand read(ResultSet row) throws SQLException {
        String owner = row.getString("account_id");
        String name = row.getString("name");
        int version = row.getInt("version");
        long createdAt = row.getLong("created_at");
        String keyId = row.getString("key_id");
        String json = cipher.openText(
                row.getBytes("definition"), SealContext.savedCommand(owner, name, version, createdAt, keyId));
        return SavedCommandJson.read(
                json, Columns.tenant(owner), name, version, Instant.ofEpochMilli(createdAt), keyId);
    }

    @Override
    public CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten) {
        String owner = Columns.owner(command.tenant());
        long createdAt = command.createdAt().toEpochMilli();
        String context = SealContext.savedCommand(owner, command.name(), command.version(), createdAt, command.keyId());
        byte[] sealed = cipher.sealText(SavedCommandJson.write(command), context);
        Set<Kind> account = command.tenant().isOperator() ? Set.of() : Set.of(ACCOUNTS);
        return database.changeLoaded(SAVED_COMMANDS, account, Set.of(), connection -> {
            if (forgotten != null) {
                connection.execute(
                        "DELETE FROM saved_commands WHERE account_id = ? AND name = ? AND version = ?",
                        Columns.owner(forgotten.tenant()),
                        forgotten.name(),
                        forgotten.version());
            }
            connection.execute(
                    "INSERT INTO saved_commands (account_id, name, version, definition, created_at, key_id)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    owner,
                    command.name(),
                    command.version(),
                    cipher.renewed(sealed, context),
                    createdAt,
                    command.keyId());
        });
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return database.changeLoaded(
                SAVED_COMMANDS,
                connection -> connection.execute(
                        "DELETE FROM saved_commands WHERE account_id = ? AND name = ?", Columns.owner(tenant), name));
    }
}
