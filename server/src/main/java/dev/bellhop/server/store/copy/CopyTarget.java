// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/**
 * A database to copy into, with the tables of this version. No server uses it until this is closed, nor afterwards until {@link
 * #complete} has returned. For one thread.
 */
public interface CopyTarget extends AutoCloseable {
    /** In transactions, which the first statement begins. */
    Connection connection();

    /** Empties these tables, and has no server use the database from now on, even if this process ends. */
    void begin(Collection<String> tables) throws SQLException;

    /** All is there: a server may use it. Nothing is written after that. */
    void complete() throws IOException, SQLException;

    @Override
    void close();
}
