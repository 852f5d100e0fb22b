// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.Json;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.GivenKeys;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.execution.Approval;
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
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.recording.RecordingStoreContract;
import dev.bellhop.server.store.sql.SqlAccountStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A new key takes the place of the old one while the server runs, whatever comes in between. */
@Timeout(60)
class KeyRotationTest {
    private static final String KEY_ID = "0123456789ab";

    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private ExecutionStore store;
    private KeyRotation rotation;

    @BeforeEach
    void open() throws Exception {
        open(new KeyFile(keys()));
    }

    private void open(KeySource source) throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"), source);
        store = TestStores.executions(database);
        rotation = new KeyRotation(database.cipher(), source, new SqlRenewableContent(database));
        rotation.start();
    }

    @AfterEach
    void close() throws Exception {
        rotation.close();
        database.close();
    }

    private Path keys() {
        return folder.resolve("keys");
    }

    private static ExecutionId id(int number) {
        return new ExecutionId(UUID.fromString(String.format(Locale.ROOT, "019c1379-5a10-7cc3-8d25-%012x", number)));
    }

    /** With a waiting delivery, output in two streams and an idempotency key. */
    private void storeOne(int number) {
        Execution execution = new Execution(
                id(number),
                new VmId(1),
                new ExecutionSpec(
                        CommandLine.script("command " + number),
                        KEY_ID,
                        Tenant.operator(),
                        Map.of(),
                        null,
                        Map.of("S", "secret " + number),
                        null),
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
        StartOptions options =
                new StartOptions(Map.of("N", "" + number), null, null, new byte[] {1}, false, Duration.ZERO, false);
        store.intake()
                .insert(execution, options, null, new IdempotencyKey(KEY_ID, "n" + number, bytes("hash " + number)))
                .join();
        if (number % 2 == 0) {
            List<OutputChunk> chunks = List.of(
                    new OutputChunk(OutputStreamName.STDOUT, 0, bytes("out " + number))
                            .readAt(Instant.ofEpochMilli(number)),
                    new OutputChunk(OutputStreamName.STDERR, 0, bytes("err " + number)));
            store.journal().update(execution, chunks).join();
        }
    }

    private static SavedCommand saved(Tenant tenant, int version) {
        Template template = new Template("saved " + version, null, null, Map.of(), null, null, null);
        return new SavedCommand(
                tenant, "a.name", version, null, template, List.of(), false, Instant.ofEpochMilli(1), KEY_ID);
    }

    /** Masks and saved commands: of the operator and of an account, and more of each than are renewed at once. */
    private void storeOthers() {
        SqlMaskStore masks = new SqlMaskStore(database);
        SqlSavedCommandStore commands = new SqlSavedCommandStore(database);
        for (Tenant tenant : List.of(Tenant.operator(), account("0123"))) {
            for (int i = 0; i < 120; i++) {
                masks.put(tenant, new Mask("m" + i, "pattern " + i)).join();
            }
            for (int i = 1; i <= 25; i++) {
                commands.insert(saved(tenant, i), null).join();
            }
        }
    }

    private static final Account ACCOUNT = new Account("0123456789ab", "acc", Instant.ofEpochMilli(1));
    private static final VmId VM = new VmId(7);

    /** Rows that have MACs, and more of each than are renewed at once where that may be. */
    private void storeGuarded() {
        SqlKeyStore keyStore = new SqlKeyStore(database);
        SqlAccountStore accounts = new SqlAccountStore(database);
        accounts.insert(ACCOUNT).join();
        accounts.assign(VM, ACCOUNT.tenant()).join();
        for (int i = 0; i < 60; i++) {
            String id = String.format(Locale.ROOT, "%012x", i);
            Key key = new Key(
                    id,
                    "n",
                    Tenant.operator(),
                    Set.of(Scope.ADMIN),
                    null,
                    null,
                    Instant.EPOCH,
                    null,
                    null,
                    1,
                    null,
                    Map.of());
            keyStore.insert(new StoredKey(key, new byte[] {1}, null, null)).join();
        }
        OperationRequest request = new OperationRequest(
                OperationAction.STOP, false, Duration.ofSeconds(1), KEY_ID, Tenant.operator(), null);
        OperationId job =
                OperationId.parse("019c1379-5a10-7cc3-8d25-000000000001").orElseThrow();
        TestStores.operations(database)
                .insert(new Operation(job, VM, request, OperationState.WAITING, List.of(), Instant.EPOCH, null, null))
                .join();
        RecordingStore recordings = TestStores.recordings(database);
        recordings
                .begin(RecordingStoreContract.recording(1, VM, ACCOUNT.tenant()))
                .join();
        for (int i = 0; i < 9; i++) {
            recordings
                    .append(RecordingStoreContract.id(1), 2L * i, bytes("" + i + "\n"), Instant.EPOCH)
                    .join();
        }
        TestStores.sshKeys(database)
                .insert(SshKeyStoreContract.sshKey(1, KEY_ID))
                .join();
        Execution asked = TestExecutions.pending(1);
        Approval approval = new Approval(Instant.ofEpochMilli(9), null, null, null);
        store.intake()
                .insert(approved(asked, approval), StartOptions.PLAIN, null, null)
                .join();
        store.intake()
                .approve(asked.id(), new Approval(approval.expiresAt(), Instant.ofEpochMilli(5), KEY_ID, "digest"))
                .join();
    }

    private static Execution approved(Execution pending, Approval approval) {
        return new Execution(
                pending.id(),
                pending.vm(),
                pending.spec(),
                pending.state(),
                null,
                null,
                null,
                null,
                pending.createdAt(),
                null,
                null,
                pending.output(),
                approval);
    }

    private void assertGuardedReadable() {
        assertThat(new SqlKeyStore(database).all()).hasSize(60);
        assertThat(new SqlAccountStore(database).all()).containsExactly(ACCOUNT);
        assertThat(new SqlAccountStore(database).owners()).isEqualTo(Map.of(VM, ACCOUNT.tenant()));
        assertThat(TestStores.operations(database).unfinished()).hasSize(1);
        assertThat(TestStores.recordings(database).list(TenantFilter.all(), null, null, 9))
                .hasSize(1);
        assertThat(TestStores.recordings(database).read(RecordingStoreContract.id(1), 16))
                .isEqualTo(bytes("8\n"));
        assertThat(TestStores.sshKeys(database).all()).hasSize(1);
        assertThat(store.journal().unfinished())
                .filteredOn(left -> left.execution().approval() != null)
                .hasSize(1);
    }

    private void assertOthersReadable() {
        Map<Tenant, List<Mask>> masks = new SqlMaskStore(database).all();
        for (Tenant tenant : List.of(Tenant.operator(), account("0123"))) {
            assertThat(masks.get(tenant)).hasSize(120).contains(new Mask("m7", "pattern 7"));
        }
        assertThat(new SqlSavedCommandStore(database).all())
                .hasSize(50)
                .contains(saved(Tenant.operator(), 1), saved(account("0123"), 25));
    }

    private void assertReadable(int number) {
        assertThat(store.reader().find(id(number)).orElseThrow().spec().secretEnv())
                .isEqualTo(Map.of("S", "secret " + number));
        assertThat(store.reader()
                        .find(id(number))
                        .orElseThrow()
                        .spec()
                        .command()
                        .text())
                .isEqualTo("command " + number);
        assertThat(store.intake()
                        .known(KEY_ID, "n" + number)
                        .orElseThrow()
                        .key()
                        .requestHash())
                .isEqualTo(bytes("hash " + number));
        if (number % 2 == 0) {
            assertThat(store.reader().output(id(number), OutputStreamName.STDOUT, 0, 100))
                    .isEqualTo(bytes("out " + number));
            assertThat(store.reader().output(id(number), OutputStreamName.STDERR, 0, 100))
                    .isEqualTo(bytes("err " + number));
        } else {
            assertThat(store.journal().startOptions(id(number)).orElseThrow().env())
                    .isEqualTo(Map.of("N", "" + number));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void awaitRenewed() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> rotation.status().older().isEmpty());
    }

    /** The ids of the keys that stored values name, in hexadecimal. */
    private List<String> keysInUse() throws Exception {
        List<String> used = new ArrayList<>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("x.db"));
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT DISTINCT hex(substr(value, 2, 4)) FROM ("
                        + " SELECT sealed_command AS value FROM executions"
                        + " UNION ALL SELECT sealed_start_options FROM executions WHERE sealed_start_options IS NOT NULL"
                        + " UNION ALL SELECT sealed_secret_env FROM executions WHERE sealed_secret_env IS NOT NULL"
                        + " UNION ALL SELECT pattern FROM masks UNION ALL SELECT definition FROM saved_commands"
                        + " UNION ALL SELECT bytes FROM output UNION ALL SELECT request_hash FROM idempotency_keys"
                        + " UNION ALL SELECT check_value FROM encryption"
                        + " UNION ALL SELECT approval_mac FROM executions WHERE approval_mac IS NOT NULL"
                        + " UNION ALL SELECT mac FROM keys UNION ALL SELECT mac FROM accounts"
                        + " UNION ALL SELECT mac FROM account_vms UNION ALL SELECT mac FROM operations"
                        + " UNION ALL SELECT mac FROM recordings UNION ALL SELECT sealed FROM recording_pieces"
                        + " UNION ALL SELECT mac FROM ssh_keys)")) {
            while (rows.next()) {
                used.add(rows.getString(1));
            }
        }
        return used;
    }

    private static String hex(int keyId) {
        return HexFormat.of().withUpperCase().toHexDigits(keyId);
    }

    private void execute(String sql) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("x.db"));
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as("rows changed").isPositive();
        }
    }

    @Test
    void allIsEncryptedAnewAndTheOldKeyIsGone() throws Exception {
        for (int i = 0; i < 50; i++) {
            storeOne(i);
        }
        storeOthers();
        storeGuarded();
        int old = rotation.status().primary();
        String before = Files.readString(keys());

        KeyRotation.Status begun = rotation.rotate();
        assertThat(begun.primary()).isNotEqualTo(old);
        assertThat(begun.older()).containsExactly(old);
        awaitRenewed();

        assertThat(keysInUse()).containsExactly(hex(begun.primary()));
        assertThat(Files.readString(keys()))
                .contains(Integer.toUnsignedString(begun.primary()))
                .doesNotContain(Integer.toUnsignedString(old));
        assertThat(Files.getPosixFilePermissions(keys())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        close();
        open();
        for (int i = 0; i < 50; i++) {
            assertReadable(i);
        }
        assertOthersReadable();
        assertGuardedReadable();
        close();
        Files.writeString(keys(), before);
        assertThatThrownBy(this::open).isInstanceOf(EncryptionKeysException.class);
    }

    @Test
    void writesAndReadsGoOnMeanwhile() throws Exception {
        CountDownLatch some = new CountDownLatch(200);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int first = thread * 1_000;
                all.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = first; i < first + 200; i++) {
                                storeOne(i);
                                assertReadable(first + (i - first) / 2);
                                some.countDown();
                            }
                        },
                        pool));
            }
            some.await();
            rotation.rotate();
            awaitRenewed();
            rotation.rotate();
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        }
        awaitRenewed();

        assertThat(keysInUse()).containsExactly(hex(rotation.status().primary()));
        close();
        open();
        for (int thread = 0; thread < 4; thread++) {
            for (int i = thread * 1_000; i < thread * 1_000 + 200; i++) {
                assertReadable(i);
            }
        }
    }

    /** What was sealed before, on its way to the writer. */
    @Test
    void aWriteARotationOvertakesIsSealedWithTheNewKey() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = database.change(connection -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Thread writer = Thread.ofVirtual().start(() -> storeOne(1));
        Awaitility.await().until(() -> writer.getState() == Thread.State.WAITING);
        rotation.rotate();
        release.countDown();
        holder.join();
        writer.join();
        awaitRenewed();

        assertThat(keysInUse()).containsExactly(hex(rotation.status().primary()));
        assertReadable(1);
    }

    /** Ends in the middle, with the new key in use and nothing encrypted anew. */
    private void rotateAndEnd() throws Exception {
        RenewableContent content = new SqlRenewableContent(database);
        rotation = new KeyRotation(database.cipher(), new KeyFile(keys()), new RenewableContent() {
            @Override
            public int renewedBy() {
                return content.renewedBy();
            }

            @Override
            public void begin() {
                content.begin();
            }

            @Override
            public boolean renew(BooleanSupplier goesOn) throws InterruptedException {
                while (goesOn.getAsBoolean()) {
                    Thread.sleep(1);
                }
                return false;
            }

            @Override
            public void end() {
                throw new IllegalStateException("this one does not get so far");
            }
        });
        rotation.rotate();
        storeOne(3);
        close();
    }

    @Test
    void theNextServerGoesOn() throws Exception {
        storeOne(1);
        storeOne(2);
        String before = Files.readString(keys());
        rotateAndEnd();
        String both = Files.readString(keys());

        Files.writeString(keys(), before);
        assertThatThrownBy(this::open)
                .as("with the old key alone")
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("was encrypted with others");

        Files.writeString(keys(), both);
        open();
        awaitRenewed();
        assertThat(keysInUse()).containsExactly(hex(rotation.status().primary()));
        close();
        open();
        for (int i = 1; i <= 3; i++) {
            assertReadable(i);
        }
        assertThat(Files.readString(keys()).split("keyData", -1)).as("one key").hasSize(2);
    }

    @Test
    void anOldKeyThatIsStillNeededIsMissed() throws Exception {
        storeOne(1);
        rotateAndEnd();
        var tree = Json.mapper().readTree(Files.readString(keys()));
        var newOnly = (ObjectNode) tree;
        ((ArrayNode) newOnly.path("key")).remove(0);
        Files.writeString(keys(), newOnly.toString());

        assertThatThrownBy(this::open)
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("is still encrypted with it; add it again");
    }

    @Test
    void whatCannotBeDecryptedKeepsTheOldKey() throws Exception {
        storeOne(1);
        storeOne(2);
        int old = rotation.status().primary();
        execute("UPDATE executions SET sealed_command = sealed_start_options WHERE sealed_start_options IS NOT NULL");
        rotation.rotate();

        String used = hex(rotation.status().primary());
        Awaitility.await().until(() -> keysInUse().contains(used) && keysInUse().contains(hex(old)));
        Awaitility.await().untilAsserted(() -> assertReadable(2));
        close();
        assertThat(Files.readString(keys())).contains(Integer.toUnsignedString(old));
        open();
        assertThat(rotation.status().older()).containsExactly(old);
    }

    @Test
    void keysThatWereGivenAreNotRotatedButTakenUp() throws Exception {
        storeOne(1);
        String before = Files.readString(keys());
        rotateAndEnd();
        String both = Files.readString(keys());
        open();
        awaitRenewed();
        close();

        Files.delete(folder.resolve("x.db"));
        Files.deleteIfExists(folder.resolve("x.db-wal"));
        open(new GivenKeys(before.strip()));
        storeOne(1);
        assertThatThrownBy(() -> rotation.rotate())
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("add a key there, as the primary one, and restart");
        close();

        open(new GivenKeys(both.strip()));
        awaitRenewed();
        assertThat(keysInUse()).containsExactly(hex(rotation.status().primary()));
        assertReadable(1);
    }

    @Test
    void aFileThatWasChangedMeanwhileIsNotWrittenOver() throws Exception {
        Path others = folder.resolve("others");
        SqliteDatabase.open(folder.resolve("y.db"), new KeyFile(others)).close();
        Files.copy(others, keys(), StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(() -> rotation.rotate())
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("restart the server");
        assertThat(keys()).hasSameTextualContentAs(others);
    }

    /** A column that is encrypted and not known to the rotation would be lost with its key. */
    @Test
    void everyColumnOfBytesIsRenewedOrNotEncrypted() throws Exception {
        List<String> columns = new ArrayList<>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("x.db"));
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT t.name || '.' || c.name FROM sqlite_schema AS t,"
                        + " pragma_table_info(t.name) AS c WHERE t.type = 'table' AND c.type = 'BLOB'")) {
            while (rows.next()) {
                columns.add(rows.getString(1));
            }
        }
        List<String> known = new ArrayList<>(SqlRenewableContent.columns());
        known.addAll(List.of(
                // Renewed when a rotation begins.
                "encryption.check_value",
                // Hashes that are not encrypted.
                "keys.secret_hash",
                "keys.old_secret_hash",
                "audit.previous",
                "audit.hash",
                "audit_ends.anchor_hash",
                "audit_ends.head_hash"));
        assertThat(columns).containsExactlyInAnyOrderElementsOf(known);
    }
}
