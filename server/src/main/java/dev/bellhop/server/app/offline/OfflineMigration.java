// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.offline;

import dev.bellhop.server.app.DataFolder;
import dev.bellhop.server.app.DataLock;
import dev.bellhop.server.app.Databases;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.store.MigratedTables;
import dev.bellhop.server.store.postgres.PostgresMigration;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.sqlite.SqliteMigration;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Migrates a database to this version without starting a server. */
public final class OfflineMigration {
    private OfflineMigration() {}

    /**
     * The result of a migration.
     *
     * @param database its location
     * @param before the version of its tables; 0 if there were none
     * @param now their current version, which is the same if there was nothing to do
     */
    public record Migrated(String database, int before, int now) {}

    /**
     * Migrates the database that a configuration names. A PostgreSQL database can be in use at the same time, a file
     * cannot.
     *
     * @throws IOException if this fails, with a message for a person
     */
    public static Migrated migrate(Path configFile) throws IOException {
        Config config = OfflineBackup.read(configFile);
        DataFolder.requireOwner(config.data(), "migrate the database", "migrate");
        @Nullable PostgresSettings postgres = config.postgres();
        try {
            DataFolder.prepare(config.data());
            if (postgres != null) {
                return migrated(postgres, PostgresMigration.run(postgres, config.encryptionKeys()));
            }
            Path file = Databases.path(config);
            try (FileChannel _ = DataLock.take(config.data())) {
                return migrated(file, SqliteMigration.run(file, config.encryptionKeys()));
            }
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Migrated migrated(Object database, MigratedTables tables) {
        return new Migrated(database.toString(), tables.before(), tables.now());
    }
}
