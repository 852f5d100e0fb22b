// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which databases a server opens, by the version that made their tables. */
class StoredFormTest {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("x.db");
    }

    private void make(String... sql) throws Exception {
        TestStores.open(file()).close();
        execute(sql);
    }

    private void execute(String... sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            for (String one : sql) {
                statement.executeUpdate(one);
            }
        }
    }

    private void isRefused(String why) throws Exception {
        byte[] before = Files.readAllBytes(file());
        assertThatThrownBy(() -> TestStores.open(file()))
                .isInstanceOf(DamagedDatabaseException.class)
                .hasMessageStartingWith("Cannot use the database " + file() + " because ")
                .hasMessageContaining(why)
                .hasMessageContaining("Nothing was changed");
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @Test
    void oneOfAnOlderVersionIsRefused() throws Exception {
        make("UPDATE flyway_schema_history SET version = '21'");
        isRefused("an older version of Bellhop made it");
    }

    /** As an update left it that was done in several steps. */
    @Test
    void oneThatBeganAsAnOlderVersionIsRefused() throws Exception {
        make("INSERT INTO flyway_schema_history SELECT 0, '8.1', description, type, script, checksum, installed_by,"
                + " installed_on, execution_time, success FROM flyway_schema_history WHERE installed_rank = 1");
        isRefused("an older version of Bellhop made it");
    }

    @Test
    void oneOfANewerVersionIsRefused() throws Exception {
        make("INSERT INTO flyway_schema_history SELECT 99, '" + (StoredForm.NEWEST + 1)
                + "', description, type, script,"
                + " checksum, installed_by, installed_on, execution_time, success FROM flyway_schema_history"
                + " WHERE installed_rank = 1");
        isRefused("a newer version of Bellhop has changed it");
    }

    @Test
    void oneOfAnotherProgramIsRefused() throws Exception {
        execute("CREATE TABLE notes (text TEXT)");
        isRefused("tables that no Bellhop server made");
    }

    @Test
    void oneThatDoesNotNameItsKeysIsRefused() throws Exception {
        make("DELETE FROM encryption");
        isRefused("with which encryption keys");
    }

    /** As a server leaves it that was killed while it made the tables. */
    @Test
    void oneWithoutTablesIsUsed() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other")).resolve("x.db");
        TestStores.open(other).close();
        String history;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + other);
                Statement statement = connection.createStatement();
                var row =
                        statement.executeQuery("SELECT sql FROM sqlite_schema WHERE name = 'flyway_schema_history'")) {
            history = row.getString(1);
        }
        execute(history);
        for (int start = 1; start <= 2; start++) {
            try (SqliteDatabase database = TestStores.open(file())) {
                assertThat(new SqlKeyStore(database).all()).isEmpty();
            }
        }
    }

    /** As the first version left it, which did not keep when output was read. */
    @Test
    void outputOfTheFirstVersionIsReadAndGoesOn() throws Exception {
        Execution execution = TestExecutions.pending(1);
        byte[] bytes = {1, 2, 3};
        try (SqliteDatabase database = TestStores.open(file())) {
            ExecutionStore store = TestStores.executions(database);
            store.intake().insert(execution, StartOptions.PLAIN, null, null).join();
            store.journal()
                    .update(execution, List.of(new OutputChunk(OutputStreamName.STDOUT, 0, bytes)))
                    .join();
        }
        execute(
                "ALTER TABLE output DROP COLUMN read_at",
                "DROP TABLE recordings",
                "DROP TABLE recording_pieces",
                "DROP TABLE ssh_keys",
                "ALTER TABLE audit DROP COLUMN certificate",
                "ALTER TABLE audit DROP COLUMN door",
                "DELETE FROM flyway_schema_history WHERE version >= '23'");

        try (SqliteDatabase database = TestStores.open(file())) {
            ExecutionStore store = TestStores.executions(database);
            OutputChunk more = new OutputChunk(OutputStreamName.STDOUT, 3, bytes, TestExecutions.FINISHED);
            store.journal().update(execution, List.of(more)).join();
            assertThat(store.reader().output(execution.id(), OutputStreamName.STDOUT, 0, 9))
                    .containsExactly(1, 2, 3, 1, 2, 3);
            assertThat(store.reader().readTimes(execution.id(), OutputStreamName.STDOUT, 0, 9))
                    .containsExactly(new ReadTime(0, null), new ReadTime(3, TestExecutions.FINISHED));
        }
    }

    @Test
    void theNewestMigrationIsTheOneThatIsKnown() throws Exception {
        Path migrations = Path.of(Objects.requireNonNull(SqliteDatabase.class.getResource("migration"))
                .toURI());
        try (Stream<Path> files = Files.list(migrations)) {
            assertThat(files.map(found -> String.valueOf(found.getFileName()).replaceAll("^V(\\d+)__.*\\.sql$", "$1"))
                            .mapToInt(Integer::parseInt)
                            .max())
                    .hasValue(StoredForm.NEWEST);
        }
    }
}
