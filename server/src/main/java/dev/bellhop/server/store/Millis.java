// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Times as columns: whole milliseconds since 1970, NULL for absent. */
public final class Millis {
    private Millis() {}

    public static @Nullable Long of(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    public static @Nullable Instant read(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
