// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Converts a row of a query. */
public interface RowReader<T> {
    /** Returns the value of a row; absent to skip the row. */
    @Nullable
    T read(ResultSet row) throws SQLException;
}
