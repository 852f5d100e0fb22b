// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.copy;

import java.sql.Connection;

/** A database to copy from. No server uses it until this is closed. For one thread. */
public interface CopySource extends AutoCloseable {
    /** One that sees what was there when it was first used, and changes nothing. */
    Connection connection();

    /** What tells other encryption keys from those of this database. */
    byte[] check();

    @Override
    void close();
}
