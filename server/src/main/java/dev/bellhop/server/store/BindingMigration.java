// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.failure.BellhopException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * V17.1: binds what is encrypted of an execution to all that never changes of its row, and makes the MACs of rows that have
 * none. It takes what it finds for true, so the database is marked then, in what only its keys can write: a database that is
 * set back to before this is not taken for an old one. One transaction, as in V8.1.
 */
final class BindingMigration implements JavaMigration {
    static final String VERSION = "17.1";
    private static final Logger log = LoggerFactory.getLogger(BindingMigration.class);

    private final SealedContent content;
    private final boolean isNew;

    /** @param isNew whether the file was made just now, so that there was never anything in it */
    BindingMigration(SealedContent content, boolean isNew) {
        this.content = content;
        this.isNew = isNew;
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(VERSION);
    }

    @Override
    public String getDescription() {
        return "bind rows to the encryption keys";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        Connection connection = context.getConnection();
        if (!isNew) {
            log.info("Binding what is stored to the encryption keys, row by row; this is done once");
            bindExecutions(connection);
            bindApprovals(connection);
            bindSavedCommands(connection);
            addMacs(connection, GuardedRows.KEYS, "keys");
            addMacs(connection, GuardedRows.ACCOUNTS, "accounts");
            addMacs(connection, GuardedRows.OWNERS, "account_vms");
            addMacs(connection, GuardedRows.JOBS, "jobs");
        }
        try (PreparedStatement mark = connection.prepareStatement("UPDATE encryption SET check_value = ?")) {
            mark.setBytes(1, content.check());
            if (mark.executeUpdate() != 1) {
                throw new IllegalStateException("the database does not say that it is encrypted, though it is");
            }
        }
    }

    /** A row at a time: what is waiting to be started may hold megabytes. */
    private void bindExecutions(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT state, sealed_command, sealed_delivery, "
                        + ExecutionBinding.COLUMNS + " FROM executions WHERE id > ? ORDER BY id LIMIT 1");
                PreparedStatement update = connection.prepareStatement("UPDATE executions SET sealed_command = ?,"
                        + " sealed_delivery = ?, sealed_secret_env = ? WHERE id = ?")) {
            String last = "";
            while (true) {
                select.setString(1, last);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return;
                    }
                    last = row.getString("id");
                    if (!bind(row, update)) {
                        continue;
                    }
                }
                update.executeUpdate();
            }
        }
    }

    private boolean bind(ResultSet row, PreparedStatement update) throws SQLException {
        String id = row.getString("id");
        ExecutionBinding binding = ExecutionBinding.of(row);
        byte[] delivery = row.getBytes("sealed_delivery");
        byte[] secretEnv = row.getBytes("sealed_secret_env");
        // What had nothing beside its command had no delivery.
        boolean hasDelivery = row.getString("state").equals(ExecutionState.PENDING.name());
        try {
            update.setBytes(1, again(row.getBytes("sealed_command"), FirstContexts.command(id), binding.command()));
            update.setBytes(
                    2,
                    !hasDelivery
                            ? null
                            : delivery == null
                                    ? content.seal(ExecutionJson.delivery(Delivery.PLAIN), binding.delivery())
                                    : again(delivery, FirstContexts.delivery(id), binding.delivery()));
            update.setBytes(
                    3, secretEnv == null ? null : again(secretEnv, FirstContexts.secretEnv(id), binding.secretEnv()));
            update.setString(4, id);
            return true;
        } catch (BellhopException e) {
            log.error("Cannot bind execution {}, which stays unreadable", id, e);
            return false;
        }
    }

    private byte[] again(byte[] sealed, String before, String now) {
        return content.seal(content.open(sealed, before), now);
    }

    private void bindApprovals(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT id, approved_at, approved_by FROM executions WHERE approved_at IS NOT NULL");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE executions SET approval_mac = ? WHERE id = ?")) {
            while (row.next()) {
                String id = row.getString(1);
                update.setBytes(
                        1, content.mac(ExecutionBinding.approval(id, row.getObject(2), row.getObject(3), null)));
                update.setString(2, id);
                update.executeUpdate();
            }
        }
    }

    /** A row at a time: a query that goes on while its rows are changed may give them once more. */
    private void bindSavedCommands(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT account_id, name, version, definition,"
                        + " created_at, key_id FROM saved_commands WHERE (account_id, name, version) > (?, ?, ?)"
                        + " ORDER BY account_id, name, version LIMIT 1");
                PreparedStatement update = connection.prepareStatement("UPDATE saved_commands SET definition = ?"
                        + " WHERE account_id = ? AND name = ? AND version = ?")) {
            String account = "";
            String name = "";
            int version = 0;
            while (true) {
                select.setString(1, account);
                select.setString(2, name);
                select.setInt(3, version);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return;
                    }
                    account = row.getString("account_id");
                    name = row.getString("name");
                    version = row.getInt("version");
                    update.setBytes(
                            1,
                            again(
                                    row.getBytes("definition"),
                                    FirstContexts.savedCommand(account, name, version),
                                    SealedContent.savedCommandContext(
                                            account,
                                            name,
                                            version,
                                            row.getLong("created_at"),
                                            row.getString("key_id"))));
                    update.setString(2, account);
                    update.setString(3, name);
                    update.setInt(4, version);
                }
                update.executeUpdate();
            }
        }
    }

    private void addMacs(Connection connection, GuardedRows rows, String table) throws SQLException {
        String id = rows.columns().getFirst();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT " + String.join(", ", rows.columns()) + " FROM " + table);
                PreparedStatement update =
                        connection.prepareStatement("UPDATE " + table + " SET mac = ? WHERE " + id + " = ?")) {
            while (row.next()) {
                update.setBytes(1, content.mac(rows.text(row)));
                update.setObject(2, row.getObject(id));
                update.executeUpdate();
            }
        }
    }
}
