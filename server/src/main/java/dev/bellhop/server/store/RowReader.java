// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What a row of a query says. */
public interface RowReader<T> {
    /** Absent for a row that is to be left out. */
    @Nullable
    T read(ResultSet row) throws SQLException;
}
