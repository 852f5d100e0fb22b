// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommandStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saved commands in SQL. */
public final class SqlSavedCommandStore implements SavedCommandStore {
    /** Stands for the operator, since a key has no NULL in it. */
    private static final String OPERATOR = "";

    private static final Logger log = LoggerFactory.getLogger(SqlSavedCommandStore.class);

    private final SqliteDatabase database;
    private final SealedContent content;

    public SqlSavedCommandStore(SqliteDatabase database) {
        this.database = database;
        this.content = database.content();
    }

    /**
     * Of a name whose newest version cannot be decrypted there is none: an older one is not what is to be run. Its first version
     * that is saved then takes the place of all.
     */
    @Override
    public List<SavedCommand> all() {
        Set<List<String>> left = new HashSet<>();
        return database
                .read(handle -> handle.createQuery(
                                "SELECT * FROM saved_commands ORDER BY account_id, name, version DESC")
                        .map((row, context) -> readable(row, left))
                        .list())
                .stream()
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingInt(SavedCommand::version))
                .toList();
    }

    /** @param left names of which nothing more is to be read */
    private Optional<SavedCommand> readable(ResultSet row, Set<List<String>> left) throws SQLException {
        List<String> name = List.of(row.getString("account_id"), row.getString("name"));
        if (left.contains(name)) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(row));
        } catch (BellhopException e) {
            left.add(name);
            log.error(
                    "Cannot decrypt version {} of the saved command {}, so this and older ones are left out; save it anew",
                    row.getInt("version"),
                    name.getLast(),
                    e);
            return Optional.empty();
        }
    }

    private SavedCommand read(ResultSet row) throws SQLException {
        String owner = row.getString("account_id");
        String name = row.getString("name");
        int version = row.getInt("version");
        String context = SealedContent.savedCommandContext(
                owner, name, version, row.getLong("created_at"), row.getString("key_id"));
        return SavedCommandJson.read(
                content.openSavedCommand(context, row.getBytes("definition")),
                owner.equals(OPERATOR) ? null : owner,
                name,
                version,
                Instant.ofEpochMilli(row.getLong("created_at")),
                row.getString("key_id"));
    }

    @Override
    public CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten) {
        String owner = owner(command.account());
        String context = SealedContent.savedCommandContext(
                owner, command.name(), command.version(), command.createdAt().toEpochMilli(), command.keyId());
        byte[] sealed = content.savedCommand(context, SavedCommandJson.write(command));
        return database.change(connection -> {
            if (forgotten != null) {
                connection.execute(
                        "DELETE FROM saved_commands WHERE account_id = ? AND name = ? AND version = ?",
                        owner(forgotten.account()),
                        forgotten.name(),
                        forgotten.version());
            }
            if (command.version() == 1) {
                // Of what could not be decrypted.
                connection.execute(
                        "DELETE FROM saved_commands WHERE account_id = ? AND name = ?", owner, command.name());
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
    public CompletableFuture<Void> delete(@Nullable String account, String name) {
        return database.change(connection -> connection.execute(
                "DELETE FROM saved_commands WHERE account_id = ? AND name = ?", owner(account), name));
    }

    private static String owner(@Nullable String account) {
        return account == null ? OPERATOR : account;
    }
}
