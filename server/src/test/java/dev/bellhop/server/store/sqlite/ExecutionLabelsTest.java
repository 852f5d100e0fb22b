// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.tenant.Tenant;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How executions are found by their labels. */
class ExecutionLabelsTest {
    private static final Map<String, String> TWO = Map.of("job", "nightly", "team", "a");

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("x.db");
    }

    @Test
    void nothingIsLeftOfWhatIsDeleted() throws Exception {
        try (SqliteDatabase database = TestStores.open(file())) {
            ExecutionStore store = TestStores.executions(database);
            Execution pending = TestExecutions.labelled(1, TWO);
            store.intake().insert(pending, StartOptions.PLAIN, null, null).join();
            store.journal()
                    .update(
                            TestExecutions.exitedAt(TestExecutions.started(pending, 7), TestExecutions.FINISHED),
                            List.of())
                    .join();
            assertThat(rows(database)).isEqualTo(2);

            store.intake()
                    .deleteFinishedBefore(Tenant.operator(), TestExecutions.FINISHED.plusSeconds(1))
                    .join();
            assertThat(rows(database)).isZero();
        }
    }

    private static int rows(SqliteDatabase database) {
        return database.read(
                connection -> connection.queryOne("SELECT count(*) FROM execution_labels", row -> row.getInt(1)));
    }
}
