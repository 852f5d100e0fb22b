// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/**
 * A database to copy into, with the tables of this version. No server uses it until this is closed and
 * {@link #complete} has returned. Used by one thread.
 */
public interface CopyTarget extends AutoCloseable {
    /** Returns a connection whose first statement begins a transaction. */
    Connection connection();

    /** Empties these tables, and keeps servers from using the database, even if this process ends. */
    void begin(Collection<String> tables) throws SQLException;

    /** Marks the copy as complete, so that a server may use it. Nothing is written after that. */
    void complete() throws IOException, SQLException;

    @Override
    void close();
}
