// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.store.OwnerColumn;
import dev.bellhop.server.store.SavedCommandJson;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Saved commands in SQLite. */
public final class SqliteSavedCommandStore implements SavedCommandStore {
    private final SqliteDatabase database;
    private final SealedContent content;

    public SqliteSavedCommandStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    @Override
    public List<SavedCommand> all() {
        return database.read(
                handle -> handle.createQuery("SELECT * FROM saved_commands ORDER BY account_id, name, version")
                        .map((row, context) -> read(row))
                        .list());
    }

    private SavedCommand read(ResultSet row) throws SQLException {
        String owner = row.getString("account_id");
        String name = row.getString("name");
        int version = row.getInt("version");
        String context = SealedContent.savedCommandContext(
                owner, name, version, row.getLong("created_at"), row.getString("key_id"));
        return SavedCommandJson.read(
                content.openSavedCommand(context, row.getBytes("definition")),
                OwnerColumn.read(owner),
                name,
                version,
                Instant.ofEpochMilli(row.getLong("created_at")),
                row.getString("key_id"));
    }

    @Override
    public CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten) {
        String owner = OwnerColumn.of(command.tenant());
        String context = SealedContent.savedCommandContext(
                owner, command.name(), command.version(), command.createdAt().toEpochMilli(), command.keyId());
        byte[] sealed = content.savedCommand(context, SavedCommandJson.write(command));
        return database.change(connection -> {
            if (forgotten != null) {
                connection.execute(
                        "DELETE FROM saved_commands WHERE account_id = ? AND name = ? AND version = ?",
                        OwnerColumn.of(forgotten.tenant()),
                        forgotten.name(),
                        forgotten.version());
            }
            connection.execute(
                    "INSERT INTO saved_commands (account_id, name, version, definition, created_at, key_id)"
                            + " VALUES (?, ?, ?, ?, ?, ?)",
                    owner,
                    command.name(),
                    command.version(),
                    content.renewed(sealed, context),
                    command.createdAt().toEpochMilli(),
                    command.keyId());
        });
    }

    @Override
    public CompletableFuture<Void> delete(Tenant tenant, String name) {
        return database.change(connection -> connection.execute(
                "DELETE FROM saved_commands WHERE account_id = ? AND name = ?", OwnerColumn.of(tenant), name));
    }
}
