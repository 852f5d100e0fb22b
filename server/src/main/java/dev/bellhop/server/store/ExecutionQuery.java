// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A filter as the condition of a query.
 *
 * @param where with a question mark for each value
 */
record ExecutionQuery(String where, List<Object> values) {
    static ExecutionQuery of(ExecutionFilter filter, @Nullable ExecutionId before) {
        List<String> conditions = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        if (filter.vms() != null) {
            oneOf("vmid", filter.vms().stream().map(VmId::value).toList(), conditions, values);
        }
        if (!filter.states().isEmpty()) {
            oneOf("state", filter.states().stream().map(Enum::name).toList(), conditions, values);
        }
        new TreeSet<>(filter.labels().keySet()).forEach(name -> {
            conditions.add("EXISTS (SELECT 1 FROM json_each(labels) WHERE key = ? AND value = ?)");
            values.add(name);
            values.add(String.valueOf(filter.labels().get(name)));
        });
        if (filter.since() != null) {
            conditions.add("created_at >= ?");
            values.add(filter.since().toEpochMilli());
        }
        if (filter.until() != null) {
            conditions.add("created_at < ?");
            values.add(filter.until().toEpochMilli());
        }
        if (before != null) {
            conditions.add("id < ?");
            values.add(before.toString());
        }
        return new ExecutionQuery(conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions), values);
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
