// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which copies of a database that is in use are used, and which are refused. */
@Timeout(120)
class DatabaseCheckTest {
    @TempDir
    private Path folder;

    private Path live;
    private Path copied;
    private SqliteDatabase database;
    private ExecutionStore store;
    private int stored;

    @BeforeEach
    void open() throws Exception {
        live = Files.createDirectory(folder.resolve("live")).resolve("x.db");
        copied = Files.createDirectory(folder.resolve("copied")).resolve("x.db");
        database = TestStores.open(live);
        store = TestStores.executions(database);
        Files.copy(live.resolveSibling("encryption.keys"), copied.resolveSibling("encryption.keys"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** Of commands such as clients start, with the records of the audit trail that go with them. */
    private void work(int executions) {
        for (int i = 0; i < executions; i++) {
            Execution pending = TestExecutions.pending(1);
            database.audit().add(new AuditEntry(TestExecutions.now(), "POST", Outcome.DONE));
            store.intake().insert(pending, StartOptions.PLAIN, null, null).join();
            stored++;
        }
    }

    /** Until the log was written from its start again. */
    private void workPastACheckpoint() {
        try (WalFile wal = new WalFile(live)) {
            wal.isBegunAnew();
            do {
                work(50);
            } while (!wal.isBegunAnew());
        }
        work(50);
    }

    private void copyFile() throws IOException {
        Files.copy(live, copied, StandardCopyOption.REPLACE_EXISTING);
    }

    private void copyLog() throws IOException {
        Files.copy(WalFile.of(live), WalFile.of(copied), StandardCopyOption.REPLACE_EXISTING);
    }

    private static int executions(SqliteDatabase database) {
        return database.read(
                connection -> connection.queryOne("SELECT count(*) FROM executions", row -> row.getInt(1)));
    }

    private void isRefused(String why) throws IOException {
        byte[] before = Files.readAllBytes(copied);
        byte[] log = Files.exists(WalFile.of(copied)) ? Files.readAllBytes(WalFile.of(copied)) : new byte[0];
        assertThatThrownBy(() -> TestStores.open(copied))
                .isInstanceOf(DamagedDatabaseException.class)
                .hasMessageStartingWith("Cannot use the database " + copied + " because ")
                .hasMessageContaining(why)
                .hasMessageContaining("production.md");
        assertThat(Files.readAllBytes(copied)).isEqualTo(before);
        if (log.length > 0) {
            assertThat(Files.readAllBytes(WalFile.of(copied))).isEqualTo(log);
        }
    }

    @Test
    void aLogThatIsNewerThanItsFileIsRefused() throws Exception {
        workPastACheckpoint();
        copyFile();
        workPastACheckpoint();
        copyLog();

        isRefused("copied at different moments");
    }

    @Test
    void aLogThatIsOlderThanItsFileIsRefused() throws Exception {
        workPastACheckpoint();
        copyLog();
        workPastACheckpoint();
        copyFile();

        isRefused("copied at different moments");
    }

    /** As a snapshot of the file system has them, or a machine that has lost its power. */
    @Test
    void twoOfOneMomentAreUsed() throws Exception {
        workPastACheckpoint();
        copyFile();
        copyLog();

        try (SqliteDatabase copy = TestStores.open(copied)) {
            assertThat(executions(copy)).isEqualTo(stored);
        }
    }

    @Test
    void whatSqliteCopiesItselfIsUsed() throws Exception {
        workPastACheckpoint();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + live);
                Statement statement = connection.createStatement()) {
            statement.execute("VACUUM INTO '" + copied + "'");
        }
        try (SqliteDatabase copy = TestStores.open(copied)) {
            assertThat(executions(copy)).isEqualTo(stored);
        }
    }

    @Test
    void aDamagedFileWithoutItsLogIsRefused() throws Exception {
        workPastACheckpoint();
        copyFile();
        long pages = Files.size(copied) / 4096;
        try (RandomAccessFile file = new RandomAccessFile(copied.toFile(), "rw")) {
            for (long page = pages / 2; page < pages; page++) {
                file.seek(page * 4096);
                file.write(new byte[4096]);
            }
        }
        isRefused("damaged");
    }

    @Test
    void aDatabaseIsUsedAgainWhetherClosedOrKilled() throws Exception {
        work(10);
        database.close();
        assertThat(WalFile.of(live))
                .as("what it would have been made of, after a kill")
                .doesNotExist();
        database = TestStores.open(live);
        assertThat(executions(database)).isEqualTo(stored);
        store = TestStores.executions(database);
        work(10);
        // What a server leaves that was killed, on the file that it had.
        copyFile();
        copyLog();
        database.close();
        Files.copy(WalFile.of(copied), WalFile.of(live));
        try (RandomAccessFile to = new RandomAccessFile(live.toFile(), "rw")) {
            to.write(Files.readAllBytes(copied));
        }
        database = TestStores.open(live);
        assertThat(executions(database)).isEqualTo(stored);
    }
}
