// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.TestExecutions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How executions are found by their labels. */
class ExecutionLabelsTest {
    private static final Map<String, String> TWO = Map.of("job", "nightly", "team", "a");
    private static final Set<ExecutionState> ANY = Set.of();

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("x.db");
    }

    @Test
    void whatAnEarlierServerHasStoredIsFoundToo() throws Exception {
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file(), null, null)
                .locations("classpath:dev/bellhop/server/store/migration")
                .target("2")
                .load()
                .migrate();
        Execution labelled = TestExecutions.labelled(1, Map.of("job", "nightly", "note", "gr\u00fc\u00dfe \"q\" 1"));
        Execution plain = TestExecutions.pending(1);
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = database.createStatement()) {
            for (Execution execution : List.of(labelled, plain)) {
                String labels = ExecutionJson.names(execution.spec().labels());
                statement.executeUpdate("INSERT INTO executions (id, vmid, state, command, labels, key_id, created_at,"
                        + " stdout_bytes, stderr_bytes, truncated) VALUES ('" + execution.id()
                        + "', 1, 'PENDING', 'echo hi', " + (labels == null ? "NULL" : "'" + labels + "'")
                        + ", '0123456789ab', " + TestExecutions.CREATED.toEpochMilli() + ", 0, 0, 0)");
            }
        }

        try (SqliteDatabase database = SqliteDatabase.open(file())) {
            SqlExecutionStore store = new SqlExecutionStore(database);
            Execution later = TestExecutions.labelled(2, labelled.spec().labels());
            store.insert(later, Delivery.PLAIN, null, null).join();
            assertThat(store.list(
                                    new ExecutionFilter(
                                            null, null, ANY, labelled.spec().labels(), null, null),
                                    null,
                                    10)
                            .executions())
                    .containsExactly(later, labelled);
        }
    }

    @Test
    void nothingIsLeftOfWhatIsDeleted() throws Exception {
        try (SqliteDatabase database = SqliteDatabase.open(file())) {
            SqlExecutionStore store = new SqlExecutionStore(database);
            Execution pending = TestExecutions.labelled(1, TWO);
            store.insert(pending, Delivery.PLAIN, null, null).join();
            store.update(
                            TestExecutions.exitedAt(TestExecutions.started(pending, 7), TestExecutions.FINISHED),
                            List.of())
                    .join();
            assertThat(rows(database)).isEqualTo(2);

            store.deleteFinishedBefore(null, TestExecutions.FINISHED.plusSeconds(1))
                    .join();
            assertThat(rows(database)).isZero();
        }
    }

    private static int rows(SqliteDatabase database) {
        return database.read(handle -> handle.createQuery("SELECT count(*) FROM execution_labels")
                .mapTo(Integer.class)
                .one());
    }
}
