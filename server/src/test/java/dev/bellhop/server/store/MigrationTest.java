// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Asked;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionStore.Unfinished;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.policy.SavedCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** What becomes of what older servers have stored. */
class MigrationTest {
    private static final long CREATED = 1_764_000_000_000L;

    private static final String MARK = "mark-of-old";
    private static final String MARK_HEX = "6d61726b2d6f662d6f6c64";

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:sqlite:" + folder.resolve("x.db");
    }

    private void migrateTo(String version) {
        Flyway.configure(SqliteDatabase.class.getClassLoader())
                .dataSource(url(), null, null)
                .locations("classpath:dev/bellhop/server/store/migration")
                .target(version)
                .load()
                .migrate();
    }

    /** As the other, beyond the migration that encrypts. */
    private void migrateEncryptedTo(String version) throws Exception {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl(url());
        ContentCipher cipher =
                ContentCipher.with(new KeyFile(folder.resolve(KeyFile.NAME)), EncryptionState.check(source));
        Flyway.configure(SqliteDatabase.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:dev/bellhop/server/store/migration")
                .javaMigrations(new EncryptingMigration(new SealedContent(cipher), false))
                .target(version)
                .load()
                .migrate();
    }

    private void execute(String sql, byte[]... values) throws Exception {
        try (Connection connection = DriverManager.getConnection(url());
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setBytes(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    private static String pending(String columns, String values) {
        return "INSERT INTO executions (id, vmid, state, command, key_id, created_at, stdout_bytes, stderr_bytes,"
                + " truncated" + columns + ") VALUES ('019c1379-5a10-7cc3-8d25-6f1f7f3f2c01', 1, 'PENDING', 'x',"
                + " '0123456789ab', " + CREATED + ", 0, 0, 0" + values + ")";
    }

    private @Nullable Asked asked() throws Exception {
        try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
            Unfinished left = new SqlExecutionStore(database).unfinished().getFirst();
            return left.asked();
        }
    }

    /** Its agent alone may have run it, and no spool tells that. */
    @Test
    void whatWasPendingBeforeAskingWasStoredMayHaveRunUnseen() throws Exception {
        migrateTo("2");
        execute(pending("", ""));

        assertThat(asked()).isEqualTo(new Asked(ExecutionMode.SUPERVISED, Instant.EPOCH));
    }

    @Test
    void whatWasAskedForLaterIsLeftAsItIs() throws Exception {
        migrateTo("4");
        execute(pending(", asked_mode, asked_at", ", 'SUPERVISED', " + (CREATED + 1)));

        assertThat(asked()).isEqualTo(new Asked(ExecutionMode.SUPERVISED, Instant.ofEpochMilli(CREATED + 1)));
    }

    @Test
    void whatNoGuestHasHeardOfStaysSo() throws Exception {
        migrateTo("4");
        execute(pending("", ""));

        assertThat(asked()).isNull();
    }

    private static String finished(String id, String columns, String values) {
        return "INSERT INTO executions (id, vmid, state, command, key_id, created_at, finished_at, stdout_bytes,"
                + " stderr_bytes, truncated" + columns + ") VALUES ('" + id + "', 1, 'EXITED', '" + MARK
                + "', '0123456789ab', 1, 2, 8, 0, 0" + values + ")";
    }

    /** What came with secrets, policies and approval is absent from what was there before, and can be stored beside it. */
    @Test
    void whatWasThereBeforeHasNeitherSecretsNorPolicies() throws Exception {
        String old = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c02";
        migrateTo("7");
        execute("INSERT INTO accounts VALUES ('acc', 'old', 1)");
        execute("INSERT INTO account_vms VALUES (1, 'acc')");
        execute("INSERT INTO keys (id, name, secret_hash, scopes, created_at, account_id)"
                + " VALUES ('0123456789ab', 'old', zeroblob(32), 'write:vm', 1, 'acc')");
        execute(finished(old, ", account_id, labels", ", 'acc', '{\"a\":\"b\"}'"));

        for (int start = 1; start <= 2; start++) {
            try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
                assertThat(new SqlAccountStore(database).all())
                        .singleElement()
                        .satisfies(account -> assertThat(account.policy()).isNull());
                assertThat(new SqlKeyStore(database).all())
                        .singleElement()
                        .satisfies(stored -> assertThat(stored.key().policy()).isNull());
                Execution execution = new SqlExecutionStore(database)
                        .find(ExecutionId.parse(old).orElseThrow())
                        .orElseThrow();
                assertThat(execution.approval()).isNull();
                assertThat(execution.spec())
                        .isEqualTo(new ExecutionSpec(
                                new CommandLine.Script(MARK, null), "0123456789ab", "acc", Map.of("a", "b"), null));
                SqlMaskStore masks = new SqlMaskStore(database);
                assertThat(masks.all()).hasSize(start - 1);
                masks.put("acc", new Mask("n", MARK)).join();
                assertThat(masks.all()).isEqualTo(Map.of("acc", List.of(new Mask("n", MARK))));
                assertThat(new SqlSavedCommandStore(database).all()).isEmpty();
                assertThat(new SqlJobStore(database).unfinished()).isEmpty();
            }
        }
        assertThat(marks()).isEmpty();
        assertThat(versions())
                .endsWith(
                        "7", "8", "8.1", "9", "10", "11", "12", "13", "14", "15", "16", "17", "17.1", "18", "19", "21");
    }

    /** Nobody knows what was seen of it. */
    @Test
    void whatWasApprovedWithoutADigestWaitsForApprovalAgain() throws Exception {
        migrateTo("7");
        execute(pending("", ""));
        migrateEncryptedTo("14");
        execute("UPDATE executions SET approval_expires_at = 3, approved_at = 2, approved_by = 'k'");

        try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
            assertThat(new SqlExecutionStore(database).unfinished())
                    .singleElement()
                    .satisfies(left ->
                            assertThat(left.execution().awaitsApproval()).isTrue());
        }
    }

    /** As the last version stored it that bound nothing to whole rows. */
    @Test
    void whatWasThereBeforeRowsWereBoundIsAsItWas() throws Exception {
        String id = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";
        String ended = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c02";
        Path file = folder.resolve("x.db");
        SealedContent content = new SealedContent(ContentCipher.with(new KeyFile(folder.resolve(KeyFile.NAME)), null));
        Flyway.configure(SqliteDatabase.class.getClassLoader())
                .dataSource(url(), null, null)
                .locations("classpath:dev/bellhop/server/store/migration")
                .javaMigrations(new EncryptingMigration(content, true))
                .target("14")
                .load()
                .migrate();
        execute(
                "INSERT INTO executions (id, vmid, state, sealed_command, sealed_secret_env, key_id, account_id, created_at,"
                        + " approval_expires_at, approved_at, approved_by, stdout_bytes, stderr_bytes, truncated)"
                        + " VALUES ('" + id
                        + "', 1, 'PENDING', ?, ?, '0123456789ab', 'acc', 1, 9, 5, 'ba9876543210', 0, 0, 0)",
                content.seal(ExecutionJson.command(CommandLine.script("old")), FirstContexts.command(id)),
                content.seal("{\"A\":\"b\"}".getBytes(StandardCharsets.UTF_8), FirstContexts.secretEnv(id)));
        execute(
                "INSERT INTO executions (id, vmid, state, sealed_command, key_id, created_at, finished_at,"
                        + " approval_expires_at, approved_at, approved_by, stdout_bytes, stderr_bytes, truncated)"
                        + " VALUES ('" + ended
                        + "', 1, 'EXITED', ?, '0123456789ab', 1, 7, 9, 5, 'ba9876543210', 0, 0, 0)",
                content.seal(ExecutionJson.command(CommandLine.script("ran")), FirstContexts.command(ended)));
        execute(
                "INSERT INTO saved_commands VALUES ('acc', 'c', 3, ?, 7, '0123456789ab')",
                content.seal(
                        SavedCommandJson.write(SAVED).getBytes(StandardCharsets.UTF_8),
                        FirstContexts.savedCommand("acc", "c", 3)));
        for (int version = 4; version <= 8; version++) {
            execute(
                    "INSERT INTO saved_commands VALUES ('acc', 'c', " + version + ", ?, 7, '0123456789ab')",
                    content.seal(
                            SavedCommandJson.write(SAVED).getBytes(StandardCharsets.UTF_8),
                            FirstContexts.savedCommand("acc", "c", version)));
        }
        execute("INSERT INTO jobs (id, vmid, action, force, grace_seconds, key_id, state, steps, created_at) VALUES"
                + " ('019c1379-5a10-7cc3-8d25-6f1f7f3f2c11', 1, 'STOP', 0, 1, '0123456789ab', 'WAITING', '', 1)");

        for (int start = 1; start <= 2; start++) {
            try (SqliteDatabase database = SqliteDatabase.open(file)) {
                SqlExecutionStore store = new SqlExecutionStore(database);
                Execution old = store.unfinished().getFirst().execution();
                assertThat(old.spec().command()).isEqualTo(CommandLine.script("old"));
                assertThat(old.spec().secretEnv()).isEqualTo(Map.of("A", "b"));
                assertThat(old.awaitsApproval())
                        .as("approved without a digest: nobody knows what was seen of it")
                        .isTrue();
                assertThat(store.find(ExecutionId.parse(ended).orElseThrow())
                                .orElseThrow()
                                .approval())
                        .isEqualTo(
                                new Approval(Instant.ofEpochMilli(9), Instant.ofEpochMilli(5), "ba9876543210", null));
                assertThat(store.delivery(old.id()))
                        .as("nothing beside its command was not stored")
                        .contains(Delivery.PLAIN);
                assertThat(new SqlSavedCommandStore(database).all()).hasSize(6).contains(SAVED);
                assertThat(new SqlJobStore(database).unfinished()).hasSize(1);
            }
        }
        assertThat(folder.resolve("x.db.bound")).isEmptyFile();
    }

    private static final SavedCommand SAVED = new SavedCommand(
            "acc",
            "c",
            3,
            null,
            new SavedCommand.Template("x", null, null, Map.of(), null, null, null),
            List.of(),
            false,
            Instant.ofEpochMilli(7),
            "0123456789ab");

    private List<String> versions() throws Exception {
        List<String> versions = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url());
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery("SELECT version FROM flyway_schema_history ORDER BY installed_rank")) {
            while (rows.next()) {
                versions.add(rows.getString(1));
            }
        }
        return versions;
    }

    /** Also what was deleted before, and is in pages that are not in use. */
    @Test
    void whatWasThereInTheClearIsEncryptedAndNothingOfItIsLeft() throws Exception {
        String argv = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c02";
        String deleted = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c03";
        migrateTo("7");
        execute(pending(
                        ", delivery, shell",
                        ", '{\"environment\":{\"A\":\"" + MARK + "\"},\"inputFollows\":false,"
                                + "\"patienceMillis\":5}', '/bin/bash'")
                .replace("'x'", "'" + MARK + "'"));
        execute(finished(argv, ", argv", ", '[\"" + MARK + "\",\"a b\"]'"));
        execute(finished(deleted, "", ""));
        execute("INSERT INTO output VALUES ('" + argv + "', 1, 0, CAST('" + MARK + "' AS BLOB))");
        execute("INSERT INTO output VALUES ('" + argv + "', 1, " + MARK.length() + ", zeroblob(100000))");
        for (int i = 0; i < 50; i++) {
            execute("INSERT INTO output VALUES ('" + deleted + "', 1, " + i + ", CAST('" + MARK.repeat(500)
                    + "' AS BLOB))");
        }
        execute("DELETE FROM output WHERE execution_id = '" + deleted + "'");
        execute("DELETE FROM executions WHERE id = '" + deleted + "'");
        execute("INSERT INTO idempotency_keys VALUES ('0123456789ab', 'once', x'" + MARK_HEX + "', '" + argv + "')");
        assertThat(marks()).as("the marks can be found").isNotEmpty();

        for (int start = 1; start <= 2; start++) {
            try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
                SqlExecutionStore store = new SqlExecutionStore(database);
                Execution pending = store.unfinished().getFirst().execution();
                assertThat(pending.spec().command()).isEqualTo(new CommandLine.Script(MARK, "/bin/bash"));
                Delivery delivery = store.delivery(pending.id()).orElseThrow();
                assertThat(delivery.environment()).isEqualTo(Map.of("A", MARK));
                assertThat(delivery.patience()).isEqualTo(Duration.ofMillis(5));
                ExecutionId id = ExecutionId.parse(argv).orElseThrow();
                assertThat(store.find(id).orElseThrow().spec().command())
                        .isEqualTo(new CommandLine.Argv(List.of(MARK, "a b")));
                assertThat(store.output(id, OutputStreamName.STDOUT, 0, MARK.length()))
                        .asString()
                        .isEqualTo(MARK);
                assertThat(store.outputSize(id).stdoutBytes()).isEqualTo(MARK.length() + 100_000);
                assertThat(store.known("0123456789ab", "once").orElseThrow().key())
                        .isEqualTo(new IdempotencyKey("0123456789ab", "once", MARK.getBytes(StandardCharsets.UTF_8)));
                assertThat(marks()).as("while it is in use").isEmpty();
            }
            assertThat(marks()).isEmpty();
        }
    }

    /** Killed after it was encrypted, and before it was written anew. */
    @Test
    void aCleaningThatWasCutOffIsTakenUp() throws Exception {
        migrateTo("7");
        execute(pending("", "").replace("'x'", "'" + MARK + "'"));
        SqliteDatabase.open(folder.resolve("x.db")).close();
        execute("CREATE TABLE junk (text TEXT)");
        for (int i = 0; i < 50; i++) {
            execute("INSERT INTO junk VALUES ('" + MARK.repeat(500) + "')");
        }
        execute("DROP TABLE junk");
        execute("UPDATE encryption SET cleaned = 0");
        assertThat(marks()).isNotEmpty();

        SqliteDatabase.open(folder.resolve("x.db")).close();
        assertThat(marks()).isEmpty();
    }

    /** A transaction that fails at its end leaves all as it was, so that the next start does it. */
    @Test
    void anEncryptionThatWasCutOffIsDoneAgain() throws Exception {
        migrateTo("7");
        execute(pending("", "").replace("'x'", "'" + MARK + "'"));
        // No column can be dropped that this needs.
        execute("CREATE VIEW hindrance AS SELECT delivery FROM executions");
        assertThatThrownBy(() -> SqliteDatabase.open(folder.resolve("x.db"))).isInstanceOf(Exception.class);
        execute("DROP VIEW hindrance");

        try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
            assertThat(new SqlExecutionStore(database)
                            .unfinished()
                            .getFirst()
                            .execution()
                            .spec()
                            .command()
                            .text())
                    .isEqualTo(MARK);
        }
        assertThat(marks()).isEmpty();
    }

    /** The files of the database that hold the mark. */
    private List<String> marks() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> contains(file, MARK))
                    .map(Path::toString)
                    .toList();
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
