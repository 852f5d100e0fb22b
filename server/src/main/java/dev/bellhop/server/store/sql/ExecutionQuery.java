// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.sql.ListQuery.Scan;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Builds the query for executions that match a filter, newest first. For an account it scans an index with only this
 * account's executions, so other accounts cannot make it slower.
 */
final class ExecutionQuery {
    private static final String WITH_LABEL = "EXISTS (SELECT 1 FROM execution_labels AS other"
            + " WHERE other.name = ? AND other.value = ? AND other.execution_id = executions.id)";

    private static final Set<ExecutionState> UNFINISHED = Set.of(ExecutionState.PENDING, ExecutionState.RUNNING);

    /**
     * The condition of the partial indexes: a database uses one only if the query repeats the condition word for word.
     */
    private static final String ENDED_OTHERWISE = "state IN ('CANCELLED', 'LOST', 'REJECTED', 'TIMED_OUT')";

    private static final Set<ExecutionState> OTHERWISE =
            Set.of(ExecutionState.CANCELLED, ExecutionState.LOST, ExecutionState.REJECTED, ExecutionState.TIMED_OUT);

    /** An id is created moments before its execution's timestamp. */
    private static final Duration ID_BEFORE_CREATION = Duration.ofMinutes(1);

    private ExecutionQuery() {}

    /** @param before returns only older executions; absent to begin with the newest */
    static ListQuery of(ExecutionFilter filter, @Nullable ExecutionId before, int limit, Dialect dialect) {
        TreeMap<String, String> labels = new TreeMap<>(filter.labels());
        Scan scan = scan(filter, labels, dialect);
        if (before != null) {
            scan.where(scan.id() + " < ?", before.toString());
        }
        if (filter.since() != null) {
            scan.where(scan.id() + " >= ?", firstId(filter.since().minus(ID_BEFORE_CREATION)));
        }
        Where where = new Where();
        labels.forEach((name, value) -> where.and(WITH_LABEL, name, value));
        if (filter.vms() != null) {
            where.andOneOf("vmid", filter.vms().stream().map(VmId::value).toList());
        }
        if (!filter.states().isEmpty()) {
            where.andOneOf("state", filter.states().stream().map(Enum::name).toList());
        }
        where.andIf("key_id = ?", filter.keyId())
                .andIf("saved_command = ?", filter.savedCommand())
                .andIf("created_at >= ?", Columns.millis(filter.since()))
                .andIf("created_at < ?", Columns.millis(filter.until()));
        return ListQuery.of("executions", scan, where, limit, dialect);
    }

    /** @param labels the label that the scan looks up is removed */
    private static Scan scan(ExecutionFilter filter, NavigableMap<String, String> labels, Dialect dialect) {
        String account = filter.tenants().accountId();
        Long vm = filter.vms() != null && filter.vms().size() == 1
                ? filter.vms().iterator().next().value()
                : null;
        Map.Entry<String, String> label = labels.pollFirstEntry();
        if (label != null) {
            String name = label.getKey();
            String value = label.getValue();
            if (account != null) {
                return new Scan(dialect.by("execution_labels", "execution_labels_of_account"), "execution_id")
                        .where("account_id = ?", account)
                        .where("name = ? AND value = ?", name, value);
            }
            Scan scan = vm == null
                    ? new Scan(dialect.byKey("execution_labels"), "execution_id")
                    : new Scan(dialect.by("execution_labels", "execution_labels_in_vm"), "execution_id")
                            .where("vmid = ?", vm);
            return scan.where("name = ? AND value = ?", name, value);
        }
        boolean byState = !filter.states().isEmpty();
        if (byState && UNFINISHED.containsAll(filter.states())) {
            // The operator's list sorts them. Limits on running and waiting executions bound their number.
            return ofTenants(dialect, "executions_unfinished", "executions_unfinished", filter.tenants())
                    .where("finished_at IS NULL");
        }
        if (byState && OTHERWISE.containsAll(filter.states())) {
            return ofTenants(
                            dialect,
                            "executions_of_account_ended_otherwise",
                            "executions_ended_otherwise",
                            filter.tenants())
                    .where(ENDED_OTHERWISE);
        }
        if (vm != null) {
            return ofTenants(dialect, "executions_of_account_in_vm", "executions_in_vm", filter.tenants())
                    .where("vmid = ?", vm);
        }
        return account == null
                ? new Scan(dialect.byKey("executions"), "id")
                : new Scan(dialect.by("executions", "executions_of_account"), "id").where("account_id = ?", account);
    }

    private static Scan ofTenants(Dialect dialect, String index, String indexOfAll, TenantFilter tenants) {
        String account = tenants.accountId();
        return account == null
                ? new Scan(dialect.by("executions", indexOfAll), "id")
                : new Scan(dialect.by("executions", index), "id").where("account_id = ?", account);
    }

    /** Returns a lower bound for all ids of this time or later: their first 48 bits are their time. */
    private static String firstId(Instant time) {
        long millis = Math.clamp(time.toEpochMilli(), 0, (1L << 48) - 1);
        return String.format("%08x-%04x", millis >>> 16, millis & 0xFFFF);
    }
}
