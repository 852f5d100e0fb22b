// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Conversions for columns: a time is in whole milliseconds since 1970, an absent value is NULL. */
public final class Columns {
    private Columns() {}

    public static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    public static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        Long millis = number(row, column);
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    /** Checks whether rows have such a column. A copy of the database that was not migrated yet may lack it. */
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

    /**
     * Returns the owner of a row for use in a primary key: "" for the operator, because a primary key allows no NULL.
     */
    public static String owner(Tenant tenant) {
        return Objects.requireNonNullElse(tenant.accountId(), "");
    }

    public static Tenant tenant(String owner) {
        return Tenant.ofAccountId(owner.isEmpty() ? null : owner);
    }
}
