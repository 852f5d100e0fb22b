// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import java.sql.Connection;

/** A database to copy from. No server uses it until this is closed. Used by one thread. */
public interface CopySource extends AutoCloseable {
    /** Returns a connection that sees the snapshot of its first use, and changes nothing. */
    Connection connection();

    /** Returns the check value of the database's encryption keys. */
    byte[] check();

    @Override
    void close();
}
