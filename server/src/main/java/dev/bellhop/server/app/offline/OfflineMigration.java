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

/** Brings a database to the form of this version, apart from a server's start. */
public final class OfflineMigration {
    private OfflineMigration() {}

    /**
     * What was done.
     *
     * @param database where it is
     * @param before the version of its tables; 0 where there were none
     * @param now their version, which is the same where nothing was to be done
     */
    public record Migrated(String database, int before, int now) {}

    /**
     * Migrates the database that a configuration names. A PostgreSQL may be in use meanwhile, a file not.
     *
     * @throws IOException if it cannot be done, with a message for a person
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
