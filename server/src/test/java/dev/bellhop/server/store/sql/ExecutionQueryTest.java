// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.operation.OperationFilter;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What SQLite goes through for each list, as it says itself. */
class ExecutionQueryTest {
    private static final Map<String, String> NONE = Map.of();
    private static final Map<String, String> ONE = Map.of("job", "nightly");
    private static final Map<String, String> TWO = Map.of("job", "nightly", "team", "a");
    private static final Set<VmId> VM = Set.of(new VmId(1));
    private static final Set<VmId> VMS = Set.of(new VmId(1), new VmId(2));
    private static final Set<ExecutionState> ANY = Set.of();
    private static final Set<ExecutionState> LIVE = Set.of(ExecutionState.PENDING, ExecutionState.RUNNING);
    private static final Set<ExecutionState> LOST = Set.of(ExecutionState.LOST);
    private static final Set<ExecutionState> EXITED = Set.of(ExecutionState.EXITED);

    /** What is looked up of each execution that is gone through. */
    private static final Set<String> OF_EACH = Set.of(
            "CO-ROUTINE scanned",
            "SCAN scanned",
            "SEARCH executions USING PRIMARY KEY (id=?)",
            "SEARCH other EXISTS USING COVERING INDEX execution_labels_by_execution"
                    + " (execution_id=? AND name=? AND value=?)");

    @TempDir
    private Path folder;

    static Stream<Arguments> lists() {
        return Stream.of(
                // Of an account, its own alone, in the order of their ids.
                of(TenantFilter.of(account("a")), null, ANY, NONE, "executions_of_account (account_id=?"),
                of(TenantFilter.of(account("a")), VMS, ANY, NONE, "executions_of_account (account_id=?"),
                of(TenantFilter.of(account("a")), VMS, EXITED, NONE, "executions_of_account (account_id=?"),
                of(
                        TenantFilter.of(account("a")),
                        VM,
                        EXITED,
                        NONE,
                        "executions_of_account_in_vm (account_id=? AND vmid=?"),
                of(TenantFilter.of(account("a")), VMS, LIVE, NONE, "executions_unfinished (account_id=?"),
                of(
                        TenantFilter.of(account("a")),
                        VMS,
                        LOST,
                        NONE,
                        "executions_of_account_ended_otherwise (account_id=?"),
                of(
                        TenantFilter.of(account("a")),
                        VM,
                        LOST,
                        NONE,
                        "executions_of_account_ended_otherwise (account_id=?"),
                of(
                        TenantFilter.of(account("a")),
                        VMS,
                        LOST,
                        ONE,
                        "execution_labels_of_account (account_id=? AND name=? AND value=?"),
                of(
                        TenantFilter.of(account("a")),
                        VM,
                        ANY,
                        TWO,
                        "execution_labels_of_account (account_id=? AND name=? AND value=?"),
                // The operator's see all.
                of(TenantFilter.all(), null, ANY, NONE, "executions"),
                of(TenantFilter.all(), VMS, EXITED, NONE, "executions"),
                of(TenantFilter.all(), VM, ANY, NONE, "executions_in_vm (vmid=?"),
                of(TenantFilter.all(), null, LOST, NONE, "executions_ended_otherwise"),
                of(TenantFilter.all(), null, ANY, TWO, "PRIMARY KEY (name=? AND value=?"),
                of(TenantFilter.all(), VM, LIVE, ONE, "execution_labels_in_vm (name=? AND value=? AND vmid=?"));
    }

    private static Arguments of(
            TenantFilter tenants,
            @Nullable Set<VmId> vms,
            Set<ExecutionState> states,
            Map<String, String> labels,
            String index) {
        return arguments(new ExecutionFilter(tenants, vms, states, labels, null, Instant.now()), index);
    }

    /** Through one index, that of the account where there is one, and it sorts nothing. */
    @ParameterizedTest
    @MethodSource("lists")
    void aListGoesThroughOneIndexInItsOrder(ExecutionFilter filter, String index) throws Exception {
        try (SqliteDatabase database = TestStores.open(folder.resolve("x.db"))) {
            ExecutionId before = TestExecutions.pending(1).id();
            for (ListQuery query : List.of(
                    ExecutionQuery.of(filter, null, 50, database.dialect()),
                    ExecutionQuery.of(filter, before, 50, database.dialect()))) {
                List<String> found = plan(database, query.found(), query.foundValues());
                assertThat(found).noneMatch(step -> step.contains("TEMP B-TREE"));
                assertThat(found.stream().filter(step -> !OF_EACH.contains(step)))
                        .singleElement()
                        .asString()
                        .contains(index);
                assertThat(plan(database, query.last(), query.lastValues()))
                        .singleElement()
                        .asString()
                        .contains(index);
            }
        }
    }

    /** Of what runs and waits there are not many, so the operator's list of it may sort it. */
    @Test
    void whatHasNotEndedIsGoneThroughAloneByTheOperatorToo() throws Exception {
        try (SqliteDatabase database = TestStores.open(folder.resolve("x.db"))) {
            ListQuery query = ExecutionQuery.of(
                    new ExecutionFilter(TenantFilter.all(), null, LIVE, NONE, null, null),
                    null,
                    50,
                    database.dialect());
            assertThat(plan(database, query.last(), query.lastValues()))
                    .anyMatch(step -> step.contains("executions_unfinished"));
        }
    }

    @Test
    void soDoOtherQueriesThatMayMeetMany() throws Exception {
        try (SqliteDatabase database = TestStores.open(folder.resolve("x.db"))) {
            assertThat(plan(database, SqlExecutionReader.recent(database.dialect(), true), "a", 1, 50))
                    .contains(
                            "SEARCH executions USING COVERING INDEX executions_of_account_in_vm (account_id=? AND vmid=?)")
                    .noneMatch(step -> step.contains("TEMP B-TREE"));
            assertThat(plan(database, SqlExecutionIntake.oldestFinished(database.dialect(), "account_id = ?"), "a", 1L))
                    .containsExactly(
                            "SEARCH executions USING COVERING INDEX executions_by_end (account_id=? AND finished_at>? AND finished_at<?)");
            assertThat(plan(database, StoredSizes.finished(database.dialect())))
                    .containsExactly("SCAN executions USING COVERING INDEX executions_by_end");
        }
    }

    /** Only the list of an account across VMs sorts, and an account has 10,000 operations at most. */
    @Test
    void listsOfOperationsGoThroughOneIndex() throws Exception {
        Map<OperationFilter, String> filters = Map.of(
                new OperationFilter(TenantFilter.all(), null, "k"), "SCAN operations",
                new OperationFilter(TenantFilter.all(), VM, "k"), "operations_in_vm (vmid=?)",
                new OperationFilter(TenantFilter.all(), VMS, null), "SCAN operations",
                new OperationFilter(TenantFilter.of(account("a")), VM, null),
                        "operations_of_account (account_id=? AND vmid=?)",
                new OperationFilter(TenantFilter.of(account("a")), VMS, null), "operations_of_account (account_id=?)");
        try (SqliteDatabase database = TestStores.open(folder.resolve("x.db"))) {
            filters.forEach((filter, index) -> {
                ListQuery query = SqlOperationStore.query(filter, null, 50, database.dialect());
                List<String> found = plan(database, query.found(), query.foundValues());
                assertThat(found)
                        .anyMatch(step -> step.contains(index))
                        .contains("SCAN scanned", "SEARCH operations USING PRIMARY KEY (id=?)");
                boolean sorts = filter.tenants().accountId() != null && VMS.equals(filter.vms());
                assertThat(found.stream().anyMatch(step -> step.contains("TEMP B-TREE")))
                        .as("%s", filter)
                        .isEqualTo(sorts);
            });
        }
    }

    private static List<String> plan(SqliteDatabase database, String sql, Object... values) {
        return database.read(
                connection -> connection.query("EXPLAIN QUERY PLAN " + sql, row -> row.getString("detail"), values));
    }
}
