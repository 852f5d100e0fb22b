// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The executions that fit a filter, newest first, as a query. With an account it goes through that account's, in the order of
 * their ids: how long that takes is up to nobody else. Else with labels it goes through those who have the first of them, in
 * that order too, and so reads no execution without it. It sorts nothing.
 *
 * @param sql with a question mark for each value
 */
record ExecutionQuery(String sql, List<Object> values) {
    private static final String WITH_LABEL = "EXISTS (SELECT 1 FROM execution_labels AS other"
            + " WHERE other.name = ? AND other.value = ? AND other.execution_id = executions.id)";

    /** @param before only older ones than this; absent to begin with the newest */
    static ExecutionQuery of(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        boolean byLabel = filter.account() == null && !filter.labels().isEmpty();
        String id = byLabel ? "label.execution_id" : "id";
        List<String> conditions = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        new TreeMap<>(filter.labels()).forEach((name, value) -> {
            conditions.add(byLabel && conditions.isEmpty() ? "label.name = ? AND label.value = ?" : WITH_LABEL);
            values.add(name);
            values.add(value);
        });
        if (filter.account() != null) {
            conditions.add("account_id = ?");
            values.add(filter.account());
        }
        if (filter.vms() != null) {
            List<Long> vms = filter.vms().stream().map(VmId::value).toList();
            oneOf(byLabel ? "label.vmid" : vmid(filter, vms.size()), vms, conditions, values);
        }
        if (!filter.states().isEmpty()) {
            oneOf("state", filter.states().stream().map(Enum::name).toList(), conditions, values);
        }
        if (filter.since() != null) {
            conditions.add("created_at >= ?");
            values.add(filter.since().toEpochMilli());
        }
        if (filter.until() != null) {
            conditions.add("created_at < ?");
            values.add(filter.until().toEpochMilli());
        }
        if (before != null) {
            conditions.add(id + " < ?");
            values.add(before.toString());
        }
        // The cross join is SQLite's way to say which of the two is gone through.
        String from = byLabel
                ? "execution_labels AS label CROSS JOIN executions ON executions.id = label.execution_id"
                : "executions";
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        return new ExecutionQuery(
                "SELECT executions.* FROM " + from + where + " ORDER BY " + id + " DESC LIMIT " + limit, values);
    }

    /**
     * Of an account, one VM's are in the order of their ids in an index, those of several are not. The plus is SQLite's way to
     * say that a condition is not what rows are looked up by.
     */
    private static String vmid(ExecutionFilter filter, int vms) {
        return filter.account() == null || vms == 1 ? "vmid" : "+vmid";
    }

    private static void oneOf(
            String column, Collection<? extends Object> allowed, List<String> conditions, List<Object> values) {
        conditions.add(column + " IN (" + String.join(", ", Collections.nCopies(allowed.size(), "?")) + ")");
        values.addAll(allowed);
    }

    ExecutionQuery {
        values = List.copyOf(values);
    }
}
