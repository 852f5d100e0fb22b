// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The conditions of a query, which are constant texts with question marks, and their values. */
final class Where {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    Where and(String condition, Object... more) {
        conditions.add(condition);
        values.addAll(List.of(more));
        return this;
    }

    /** Adds nothing without a value. */
    Where andIf(String condition, @Nullable Object value) {
        return value == null ? this : and(condition, value);
    }

    Where andOneOf(String column, Collection<? extends Object> allowed) {
        return and(
                column + " IN (" + String.join(", ", Collections.nCopies(allowed.size(), "?")) + ")",
                allowed.toArray());
    }

    /** Returns the WHERE clause with a leading space; empty without conditions. */
    String sql() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    Object[] values() {
        return values.toArray();
    }
}
