// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.MigratedTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/** Brings the tables of a file to the form of this version, apart from a server's start. */
public final class SqliteMigration {
    private SqliteMigration() {}

    /**
     * Migrates it, and makes it where there is none. Whoever calls this holds the lock of its data folder.
     *
     * @param keys what it is encrypted with; made where there are none, and it has no tables yet
     * @throws EncryptionKeysException where the keys are not there, or are others
     * @throws DamagedDatabaseException where it is not what a server has left, or cannot be migrated
     */
    public static MigratedTables run(Path file, KeySource keys) throws IOException {
        int before = Files.exists(file) ? version(file) : 0;
        SqliteDatabase.open(file, keys).close();
        return new MigratedTables(before, StoredForm.NEWEST);
    }

    private static int version(Path file) throws IOException {
        try {
            return OfflineReader.read(
                    file, connection -> StoredForm.of(file, connection).version());
        } catch (SQLException e) {
            throw new DamagedDatabaseException("Cannot use the database " + file + " (" + e.getMessage() + ")", e);
        }
    }
}
