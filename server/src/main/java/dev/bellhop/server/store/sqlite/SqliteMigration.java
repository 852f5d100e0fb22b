// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.MigratedTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/** Migrates the tables of a file to this version, separately from a server's start. */
public final class SqliteMigration {
    private SqliteMigration() {}

    /**
     * Migrates a file, and creates it if it does not exist. The caller holds the lock of its data folder.
     *
     * @param keys the encryption keys; created if there are none and the file has no tables yet
     * @throws EncryptionKeysException if the keys are missing or different
     * @throws DamagedDatabaseException if the file is not as a server left it, or cannot be migrated
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
