// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;

/** An action on each row of a query. */
public interface RowConsumer {
    void accept(ResultSet row) throws SQLException;
}
