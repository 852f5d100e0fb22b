// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.nio.charset.StandardCharsets;
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
 * V8.1: encrypts what is stored, and drops the columns that held it in the clear. One transaction, so that a server that is
 * killed meanwhile leaves the database as it was.
 */
final class EncryptingMigration implements JavaMigration {
    private static final Logger log = LoggerFactory.getLogger(EncryptingMigration.class);

    private final SealedContent content;
    private final boolean isNew;

    /** @param isNew whether the file was made just now, so that there was never anything in it */
    EncryptingMigration(SealedContent content, boolean isNew) {
        this.content = content;
        this.isNew = isNew;
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("8.1");
    }

    @Override
    public String getDescription() {
        return "encrypt what is stored";
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
            log.info("Encrypting what earlier versions have stored; this is done once");
            encryptExecutions(connection);
            encryptOutput(connection);
            encryptRequestHashes(connection);
        }
        try (Statement statement = connection.createStatement()) {
            for (String column : new String[] {"command", "argv", "shell", "delivery"}) {
                statement.executeUpdate("ALTER TABLE executions DROP COLUMN " + column);
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO encryption (id, check_value, cleaned, renewed_by) VALUES (1, ?, ?, ?)")) {
            insert.setBytes(1, content.firstCheck());
            insert.setBoolean(2, isNew);
            insert.setInt(3, content.primary());
            insert.executeUpdate();
        }
    }

    /** A row at a time: what is waiting to be started may hold megabytes. */
    private void encryptExecutions(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id, command, argv, shell, delivery"
                        + " FROM executions WHERE id > ? ORDER BY id LIMIT 1");
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE executions SET sealed_command = ?, sealed_delivery = ? WHERE id = ?")) {
            String last = "";
            while (true) {
                select.setString(1, last);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return;
                    }
                    last = row.getString("id");
                    String delivery = row.getString("delivery");
                    update.setBytes(
                            1,
                            content.seal(
                                    ExecutionJson.command(ExecutionJson.clearCommand(
                                            row.getString("command"), row.getString("argv"), row.getString("shell"))),
                                    FirstContexts.command(last)));
                    update.setBytes(
                            2,
                            delivery == null
                                    ? null
                                    : content.seal(
                                            delivery.getBytes(StandardCharsets.UTF_8), FirstContexts.delivery(last)));
                    update.setString(3, last);
                }
                update.executeUpdate();
            }
        }
    }

    private void encryptOutput(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT rowid, execution_id, stream, stream_offset,"
                        + " bytes FROM output WHERE rowid > ? ORDER BY rowid LIMIT 1");
                PreparedStatement update = connection.prepareStatement("UPDATE output SET bytes = ? WHERE rowid = ?")) {
            long last = Long.MIN_VALUE;
            while (true) {
                select.setLong(1, last);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return;
                    }
                    last = row.getLong(1);
                    update.setBytes(
                            1, content.output(row.getString(2), row.getInt(3), row.getLong(4), row.getBytes(5)));
                    update.setLong(2, last);
                }
                update.executeUpdate();
            }
        }
    }

    private void encryptRequestHashes(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT key_id, name, execution_id, request_hash"
                        + " FROM idempotency_keys WHERE (key_id, name) > (?, ?) ORDER BY key_id, name LIMIT 1");
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE idempotency_keys SET request_hash = ? WHERE key_id = ? AND name = ?")) {
            String keyId = "";
            String name = "";
            while (true) {
                select.setString(1, keyId);
                select.setString(2, name);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return;
                    }
                    keyId = row.getString(1);
                    name = row.getString(2);
                    update.setBytes(
                            1,
                            content.seal(
                                    row.getBytes(4), SealedContent.requestHashContext(keyId, name, row.getString(3))));
                    update.setString(2, keyId);
                    update.setString(3, name);
                }
                update.executeUpdate();
            }
        }
    }
}
