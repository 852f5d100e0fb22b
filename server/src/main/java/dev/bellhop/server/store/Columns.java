// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How values stand in columns: a time as whole milliseconds since 1970, what is absent as NULL. */
public final class Columns {
    private Columns() {}

    public static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    public static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        Long millis = number(row, column);
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    /** Whether rows have such a column; those of a copy of the database that nobody has migrated yet may not. */
    static boolean isThere(ResultSet row, String column) throws SQLException {
        ResultSetMetaData columns = row.getMetaData();
        for (int i = columns.getColumnCount(); i > 0; i--) {
            if (columns.getColumnLabel(i).equals(column)) {
                return true;
            }
        }
        return false;
    }

    public static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    public static @Nullable Integer smallNumber(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    /** The owner of a row, where that is part of the primary key: "" for the operator, as a key has no NULL. */
    public static String owner(Tenant tenant) {
        return Objects.requireNonNullElse(tenant.accountId(), "");
    }

    public static Tenant tenant(String owner) {
        return Tenant.ofAccountId(owner.isEmpty() ? null : owner);
    }
}
