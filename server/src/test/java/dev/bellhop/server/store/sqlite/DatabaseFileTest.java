// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a database that were made while a server used it, and databases that were put back from them. */
@Timeout(120)
class DatabaseFileTest {
    @TempDir
    private Path folder;

    /** Opens a database, has it hold so many executions more, each with its record of the audit trail, and gives their ids. */
    private static List<String> work(SqliteDatabase database, int executions) {
        return Stream.generate(() -> TestExecutions.pending(1))
                .limit(executions)
                .map(pending -> {
                    database.audit().add(new AuditEntry(TestExecutions.now(), "POST", Outcome.DONE));
                    TestStores.executions(database)
                            .intake()
                            .insert(pending, StartOptions.PLAIN, null, null)
                            .join();
                    return pending.id().toString();
                })
                .toList();
    }

    private static List<String> ids(SqliteDatabase database) {
        return database.read(connection -> connection.query("SELECT id FROM executions", row -> row.getString(1)));
    }

    private Path database() {
        return folder.resolve("x.db");
    }

    private KeyFile keys() {
        return new KeyFile(folder.resolve(KeyFile.NAME));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aCopyOfAUsedDatabaseHoldsWhatWasCommitted() throws Exception {
        Path copy = folder.resolve("copy.db");
        List<String> before;
        AuditReport report;
        try (SqliteDatabase database = TestStores.open(database())) {
            before = work(database, 60);
            report = DatabaseFile.backUp(database(), copy);
            work(database, 5);
        }
        assertThat(report.intact()).isTrue();
        assertThat(report.records()).isEqualTo(60);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        try (SqliteDatabase restored = SqliteDatabase.open(copy, keys())) {
            assertThat(ids(restored)).containsExactlyInAnyOrderElementsOf(before);
        }
    }

    @Test
    void aCopyOfAStoppedDatabaseLeavesNothingBeside() throws Exception {
        try (SqliteDatabase database = TestStores.open(database())) {
            work(database, 3);
        }
        assertThat(DatabaseFile.backUp(database(), folder.resolve("copy.db")).records())
                .isEqualTo(3);
        assertThat(files()).containsExactly("copy.db", KeyFile.NAME, "x.db");
    }

    @Test
    void anExistingFileIsNeverOverwritten() throws Exception {
        try (SqliteDatabase database = TestStores.open(database())) {
            work(database, 1);
        }
        Path taken = Files.writeString(folder.resolve("taken"), "mine");
        assertThatThrownBy(() -> DatabaseFile.backUp(database(), taken)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(taken).hasContent("mine");
        assertThat(files()).containsExactly(KeyFile.NAME, "taken", "x.db");
    }

    @Test
    void aRestoreKeepsTheDatabaseOfBefore() throws Exception {
        Path copy = folder.resolve("copy.db");
        List<String> first;
        List<String> all;
        try (SqliteDatabase database = TestStores.open(database())) {
            first = work(database, 4);
            DatabaseFile.backUp(database(), copy);
            work(database, 2);
            all = ids(database);
        }
        Path aside = folder.resolve("aside.db");
        assertThat(DatabaseFile.restore(copy, database(), keys(), aside).intact())
                .isTrue();
        try (SqliteDatabase restored = TestStores.open(database());
                SqliteDatabase before = SqliteDatabase.open(aside, keys())) {
            assertThat(ids(restored)).containsExactlyInAnyOrderElementsOf(first);
            assertThat(ids(before)).containsExactlyInAnyOrderElementsOf(all);
        }
    }

    @Test
    void theLogOfALostDatabaseIsNotTakenForTheNewOnes() throws Exception {
        Path copy = folder.resolve("copy.db");
        byte[] log;
        List<String> first;
        try (SqliteDatabase database = SqliteDatabase.open(database(), keys())) {
            first = work(database, 4);
            DatabaseFile.backUp(database(), copy);
            work(database, 2);
            log = Files.readAllBytes(WalFile.of(database()));
        }
        Files.delete(database());
        Files.write(WalFile.of(database()), log);

        Path aside = folder.resolve("aside.db");
        DatabaseFile.restore(copy, database(), keys(), aside);

        assertThat(Files.readAllBytes(WalFile.of(aside))).isEqualTo(log);
        try (SqliteDatabase restored = SqliteDatabase.open(database(), keys())) {
            assertThat(ids(restored)).containsExactlyInAnyOrderElementsOf(first);
        }
    }

    @Test
    void aCopyWithOtherKeysIsNotRestored() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere")).resolve("other.db");
        try (SqliteDatabase other = TestStores.open(elsewhere);
                SqliteDatabase database = TestStores.open(database())) {
            work(other, 1);
            work(database, 1);
        }
        byte[] before = Files.readAllBytes(database());
        assertThatThrownBy(() -> DatabaseFile.restore(elsewhere, database(), keys(), folder.resolve("aside.db")))
                .isInstanceOf(EncryptionKeysException.class)
                .hasMessageContaining("encrypted with others");
        assertThat(Files.readAllBytes(database())).isEqualTo(before);
        assertThat(files()).containsExactly("elsewhere", KeyFile.NAME, "x.db");
    }

    @Test
    void aDamagedCopyIsNotRestored() throws Exception {
        Path copy = folder.resolve("copy.db");
        try (SqliteDatabase database = TestStores.open(database())) {
            work(database, 40);
            DatabaseFile.backUp(database(), copy);
        }
        byte[] bytes = Files.readAllBytes(copy);
        java.util.Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 4096, (byte) 0x55);
        Files.write(copy, bytes);
        assertThatThrownBy(() -> DatabaseFile.restore(copy, database(), keys(), folder.resolve("aside.db")))
                .isInstanceOf(DamagedDatabaseException.class)
                .hasMessageContaining("is damaged");
        Files.write(copy, new byte[0]);
        assertThatThrownBy(() -> DatabaseFile.restore(copy, database(), keys(), folder.resolve("aside.db")))
                .isInstanceOf(DamagedDatabaseException.class)
                .hasMessageContaining("is empty");
        assertThat(files()).containsExactly("copy.db", KeyFile.NAME, "x.db");
    }

    @Test
    void aDatabaseInUseIsCheckedWithoutATrace() throws Exception {
        try (SqliteDatabase database = TestStores.open(database())) {
            work(database, 1);
            List<String> before = files();
            DatabaseFile.requireUsable(database(), keys());
            assertThat(files()).isEqualTo(before);
        }
        Path other = Files.createDirectory(folder.resolve("elsewhere")).resolve("other.db");
        TestStores.open(other).close();
        assertThatThrownBy(
                        () -> DatabaseFile.requireUsable(database(), new KeyFile(other.resolveSibling(KeyFile.NAME))))
                .isInstanceOf(EncryptionKeysException.class);
    }
}
