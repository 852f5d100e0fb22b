// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.UnreadableContentException;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is stored encrypted comes back as it was, and only in its own place. */
class EncryptedContentTest {
    private static final ExecutionId ONE = new ExecutionId(UUID.fromString("019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"));
    private static final ExecutionId OTHER = new ExecutionId(UUID.fromString("019c1379-5a10-7cc3-8d25-6f1f7f3f2c02"));
    private static final StartOptions DELIVERY = new StartOptions(
            Map.of("TOKEN", "mark"),
            "/mark",
            "mark",
            "mark".getBytes(StandardCharsets.UTF_8),
            true,
            Duration.ZERO,
            false);
    private static final IdempotencyKey KEY =
            new IdempotencyKey("0123456789ab", "once", "mark of a hash".getBytes(StandardCharsets.UTF_8));

    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private ExecutionStore store;

    @BeforeEach
    void open() throws Exception {
        database = TestStores.open(folder.resolve("x.db"));
        store = TestStores.executions(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Execution pending(ExecutionId id, CommandLine command) {
        return pending(id, new ExecutionSpec(command, "0123456789ab", Tenant.operator(), Map.of(), null));
    }

    private static Execution pending(ExecutionId id, ExecutionSpec spec) {
        return new Execution(
                id,
                new VmId(1),
                spec,
                ExecutionState.PENDING,
                null,
                null,
                null,
                null,
                Instant.ofEpochMilli(1),
                null,
                null,
                OutputSize.NONE,
                null);
    }

    private void storeBoth() {
        Execution one = pending(ONE, new CommandLine.Script("mark one", "/bin/mark"));
        Execution other = pending(OTHER, new CommandLine.Argv(List.of("mark", "other")));
        store.intake().insert(one, DELIVERY, null, KEY).join();
        store.intake()
                .insert(
                        other,
                        TestExecutions.stdinFollowing(Duration.ZERO),
                        null,
                        new IdempotencyKey("0123456789ab", "x", new byte[1]))
                .join();
    }

    private void storeOutput(Execution execution) {
        store.journal()
                .update(
                        execution,
                        List.of(
                                chunk(OutputStreamName.STDOUT, 0, "mark"),
                                chunk(OutputStreamName.STDOUT, 4, "MARK"),
                                chunk(OutputStreamName.STDERR, 0, "Mark")))
                .join();
    }

    private static OutputChunk chunk(OutputStreamName stream, long offset, String text) {
        return new OutputChunk(stream, offset, text.getBytes(StandardCharsets.UTF_8));
    }

    private void execute(String sql) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("x.db"));
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as("rows changed").isPositive();
        }
    }

    private static void unreadable(ThrowingCallable read, String what) {
        assertThatThrownBy(read)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL_ERROR))
                .hasMessageStartingWith("Cannot ")
                .cause()
                .isInstanceOf(UnreadableContentException.class)
                .hasMessageContaining(what)
                .hasMessageNotContainingAny("mark", "MARK", "Mark");
    }

    @Test
    void allOfItComesBack() throws Exception {
        storeBoth();
        close();
        open();

        assertThat(store.reader().find(ONE).orElseThrow().spec().command())
                .isEqualTo(new CommandLine.Script("mark one", "/bin/mark"));
        assertThat(store.reader().find(OTHER).orElseThrow().spec().command())
                .isEqualTo(new CommandLine.Argv(List.of("mark", "other")));
        StartOptions options = store.journal().startOptions(ONE).orElseThrow();
        assertThat(options).usingRecursiveComparison().isEqualTo(DELIVERY);
        assertThat(store.intake().known("0123456789ab", "once").orElseThrow().key())
                .isEqualTo(KEY);
        storeOutput(store.reader().find(ONE).orElseThrow());
        assertThat(store.reader().output(ONE, OutputStreamName.STDOUT, 2, 4))
                .asString()
                .isEqualTo("rkMA");
        assertThat(store.journal().outputSize(ONE)).isEqualTo(new OutputSize(8, 4, false));
    }

    @Test
    void nothingOfItStandsInTheFiles() throws Exception {
        storeBoth();
        storeOutput(store.reader().find(OTHER).orElseThrow());

        for (String file : List.of("x.db", "x.db-wal")) {
            assertThat(Files.readString(folder.resolve(file), StandardCharsets.ISO_8859_1))
                    .as(file)
                    .doesNotContainIgnoringCase("mark");
        }
    }

    /** It is up to the caller, and nothing for a log. */
    @Test
    void theNameOfAnIdempotencyKeyIsNotQuoted() throws Exception {
        storeBoth();
        execute("UPDATE idempotency_keys SET name = 'mark' || name");

        unreadable(() -> store.intake().known("0123456789ab", "markonce"), "request of execution " + ONE);
    }

    @Test
    void aCommandOfAnotherExecutionIsFound() throws Exception {
        storeBoth();
        execute("UPDATE executions SET sealed_command =" + " (SELECT sealed_command FROM executions WHERE id = '"
                + OTHER + "') WHERE id = '" + ONE + "'");

        unreadable(() -> store.reader().find(ONE), "command of execution " + ONE);
        assertThat(store.reader().find(OTHER)).isPresent();
    }

    @Test
    void aColumnInAnothersPlaceIsFound() throws Exception {
        storeBoth();
        execute("UPDATE executions SET sealed_command = sealed_start_options, sealed_start_options = sealed_command");

        unreadable(() -> store.reader().find(ONE), "command of execution " + ONE);
        unreadable(() -> store.journal().startOptions(ONE), "delivery of execution " + ONE);
    }

    @Test
    void outputInAnotherPlaceIsFound() throws Exception {
        storeBoth();
        storeOutput(store.reader().find(ONE).orElseThrow());
        execute("UPDATE output SET bytes = (SELECT bytes FROM output WHERE stream = 1 AND stream_offset = 4)"
                + " WHERE stream = 1 AND stream_offset = 0");
        unreadable(
                () -> store.reader().output(ONE, OutputStreamName.STDOUT, 0, 4),
                "output of execution " + ONE + ", stream 1, at 0");
        assertThat(store.reader().output(ONE, OutputStreamName.STDOUT, 4, 4))
                .asString()
                .isEqualTo("MARK");

        execute("UPDATE output SET execution_id = '" + OTHER + "' WHERE stream = 2");
        unreadable(() -> store.reader().output(OTHER, OutputStreamName.STDERR, 0, 4), "output of execution " + OTHER);
    }

    @Test
    void anIdempotencyKeyOfAnotherExecutionIsFound() throws Exception {
        storeBoth();
        execute("UPDATE idempotency_keys SET execution_id = '" + OTHER + "'");

        unreadable(() -> store.intake().known("0123456789ab", "once"), "request of execution " + OTHER);
    }

    @Test
    void secretVariablesOfAnotherExecutionAreFound() throws Exception {
        for (ExecutionId id : List.of(ONE, OTHER)) {
            ExecutionSpec spec = new ExecutionSpec(
                    new CommandLine.Script("x", null),
                    "0123456789ab",
                    Tenant.operator(),
                    Map.of(),
                    null,
                    Map.of("A", "mark " + id),
                    null);
            store.intake()
                    .insert(pending(id, spec), StartOptions.PLAIN, null, null)
                    .join();
        }
        execute("UPDATE executions SET sealed_secret_env = (SELECT sealed_secret_env FROM executions WHERE id = '"
                + OTHER + "')");
        unreadable(() -> store.reader().find(ONE), "secret variables of execution " + ONE);
    }

    /** Or one account's could stand for another's, or an old one for a new one. */
    @Test
    void aMaskOrASavedCommandInAnotherPlaceIsFound() throws Exception {
        SqlMaskStore masks = new SqlMaskStore(database);
        masks.put(account("acc"), new Mask("one", "mark")).join();
        execute("UPDATE masks SET name = 'other'");
        unreadable(masks::all, "mask other of account acc");

        SqlSavedCommandStore commands = new SqlSavedCommandStore(database);
        Template template = new Template("mark", null, null, Map.of(), null, null, null);
        commands.insert(
                        new SavedCommand(
                                Tenant.operator(),
                                "n",
                                1,
                                null,
                                template,
                                List.of(),
                                false,
                                Instant.ofEpochMilli(1),
                                "k"),
                        null)
                .join();
        execute("UPDATE saved_commands SET version = 2");
        unreadable(commands::all, "saved command n of account , version 2");
    }

    @Test
    void aChangedByteIsFound() throws Exception {
        storeBoth();
        execute(
                "UPDATE executions SET sealed_command = unhex(substr(hex(sealed_command), 1, 2 * length(sealed_command) - 1)"
                        + " || CASE substr(hex(sealed_command), -1) WHEN '0' THEN '1' ELSE '0' END) WHERE id = '" + ONE
                        + "'");

        unreadable(() -> store.reader().find(ONE), "it was changed");
    }

    @Test
    void withoutItsKeysItIsNotOpenedAndNoneAreMade() throws Exception {
        storeBoth();
        close();
        Path keys = folder.resolve("encryption.keys");
        Files.move(keys, folder.resolve("kept"));

        assertThatThrownBy(() -> TestStores.open(folder.resolve("x.db")))
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("put the file there again");
        assertThat(keys).doesNotExist();

        Files.move(folder.resolve("kept"), keys);
        open();
        assertThat(store.reader().find(ONE)).isPresent();
    }

    @Test
    void withOtherKeysItIsNotOpened() throws Exception {
        storeBoth();
        close();
        Path keys = folder.resolve("encryption.keys");
        Files.move(keys, folder.resolve("kept"));
        TestStores.open(Files.createDirectory(folder.resolve("others")).resolve("y.db"))
                .close();
        Files.copy(folder.resolve("others/encryption.keys"), keys);

        assertThatThrownBy(() -> TestStores.open(folder.resolve("x.db")))
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("was encrypted with others");

        Files.move(folder.resolve("kept"), keys, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        open();
        assertThat(store.reader().find(ONE)).isPresent();
    }
}
