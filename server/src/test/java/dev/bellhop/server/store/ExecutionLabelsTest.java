// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.statement.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How executions are found by their labels. */
class ExecutionLabelsTest {
    private static final Map<String, String> ONE = Map.of("job", "nightly");
    private static final Map<String, String> TWO = Map.of("job", "nightly", "team", "a");
    private static final Set<VmId> VM = Set.of(new VmId(1));
    private static final Set<VmId> VMS = Set.of(new VmId(1), new VmId(2));
    private static final Set<ExecutionState> RUNNING = Set.of(ExecutionState.RUNNING);
    private static final Set<ExecutionState> ANY = Set.of();

    /** Whether one execution has a label. */
    private static final Pattern OF_ONE = Pattern.compile("CORRELATED .*|SEARCH other .*\\bexecution_id=\\?.*");

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("x.db");
    }

    static Stream<ExecutionFilter> filters() {
        return Stream.of(
                new ExecutionFilter(null, null, ANY, ONE, null, null),
                new ExecutionFilter(null, VM, ANY, ONE, null, null),
                new ExecutionFilter(null, VMS, ANY, ONE, null, null),
                new ExecutionFilter(null, null, ANY, TWO, null, null),
                new ExecutionFilter(null, VM, RUNNING, TWO, Instant.EPOCH, Instant.now()));
    }

    /** Only executions with the label are looked at, in the order in which they are wanted. */
    @ParameterizedTest
    @MethodSource("filters")
    void aListByLabelReadsNoTableFromEndToEndAndSortsNothing(ExecutionFilter filter) throws Exception {
        ExecutionId before = TestExecutions.pending(1).id();
        try (SqliteDatabase database = SqliteDatabase.open(file())) {
            for (ExecutionQuery query :
                    List.of(ExecutionQuery.of(filter, null, 50), ExecutionQuery.of(filter, before, 50))) {
                assertThat(plan(database, query))
                        .anyMatch(step -> step.startsWith("SEARCH label "))
                        .contains("SEARCH executions USING PRIMARY KEY (id=?)")
                        .noneMatch(step -> step.startsWith("SCAN") || step.contains("TEMP B-TREE"));
            }
        }
    }

    /** Of an account, only its executions are looked at, however many others there are and whatever its VMs hold. */
    @ParameterizedTest
    @MethodSource("ofAccount")
    void aListOfAnAccountReadsItsExecutionsAloneAndSortsNothing(String how, ExecutionFilter filter) throws Exception {
        try (SqliteDatabase database = SqliteDatabase.open(file())) {
            ExecutionId before = TestExecutions.pending(1).id();
            for (ExecutionQuery query :
                    List.of(ExecutionQuery.of(filter, null, 50), ExecutionQuery.of(filter, before, 50))) {
                assertThat(plan(database, query))
                        .first()
                        .asString()
                        .startsWith("SEARCH executions USING INDEX executions_of_account" + how + "?");
                assertThat(plan(database, query).stream().skip(1))
                        .allMatch(step -> OF_ONE.matcher(step).matches());
            }
        }
    }

    static Stream<Arguments> ofAccount() {
        String all = " (account_id=";
        String ofVm = "_in_vm (account_id=? AND vmid=";
        return Stream.of(
                arguments(all, new ExecutionFilter("a", null, ANY, Map.of(), null, null)),
                arguments(ofVm, new ExecutionFilter("a", VM, ANY, Map.of(), null, null)),
                arguments(all, new ExecutionFilter("a", VMS, RUNNING, Map.of(), Instant.EPOCH, Instant.now())),
                arguments(all, new ExecutionFilter("a", null, ANY, ONE, null, null)),
                arguments(ofVm, new ExecutionFilter("a", VM, ANY, ONE, null, null)),
                arguments(all, new ExecutionFilter("a", VMS, RUNNING, TWO, Instant.EPOCH, Instant.now())));
    }

    @Test
    void soDoesTheListOfWhatHasRunInOneVm() throws Exception {
        try (SqliteDatabase database = SqliteDatabase.open(file())) {
            String sql = SqlExecutionStore.RECENT_OF_ACCOUNT.replaceAll(":\\w+", "?");
            assertThat(plan(database, new ExecutionQuery(sql, List.of("a", 1, 50))))
                    .containsExactly(
                            "SEARCH executions USING INDEX executions_of_account_in_vm (account_id=? AND vmid=?)");
        }
    }

    private static List<String> plan(SqliteDatabase database, ExecutionQuery query) {
        return database.read(handle -> {
            Query explain = handle.createQuery("EXPLAIN QUERY PLAN " + query.sql());
            int place = 0;
            for (Object value : query.values()) {
                explain.bind(place++, value);
            }
            return explain.map((row, context) -> row.getString("detail")).list();
        });
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
                            new ExecutionFilter(null, null, ANY, labelled.spec().labels(), null, null), null, 10))
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

            store.deleteFinishedBefore(TestExecutions.FINISHED.plusSeconds(1)).join();
            assertThat(rows(database)).isZero();
        }
    }

    private static int rows(SqliteDatabase database) {
        return database.read(handle -> handle.createQuery("SELECT count(*) FROM execution_labels")
                .mapTo(Integer.class)
                .one());
    }
}
