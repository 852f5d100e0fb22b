// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.postgres.PostgresDatabase;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.postgres.ServerMode;
import dev.bellhop.server.store.sqlite.DatabaseFile;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The database that a configuration names: a file in the data folder, or a PostgreSQL. */
public final class Databases {
    private Databases() {}

    public static SqlDatabase open(Config config, MeterRegistry registry) throws IOException {
        @Nullable PostgresSettings postgres = config.postgres();
        return postgres == null
                ? SqliteDatabase.open(path(config), config.encryptionKeys(), registry)
                : PostgresDatabase.open(
                        postgres,
                        config.cluster() == null ? ServerMode.SINGLE : ServerMode.CLUSTER,
                        config.encryptionKeys(),
                        registry);
    }

    /** Checks that a server could open the database. Changes nothing. */
    static void requireUsable(Config config) throws IOException {
        @Nullable PostgresSettings postgres = config.postgres();
        if (postgres != null) {
            PostgresDatabase.requireUsable(postgres, config.encryptionKeys());
        } else if (Files.exists(path(config))) {
            DatabaseFile.requireUsable(path(config), config.encryptionKeys());
        }
    }

    /**
     * Returns the database file, for tasks that need a file.
     *
     * @param task the task that is impossible without a file
     */
    public static Path file(Config config, String task) throws IOException {
        @Nullable PostgresSettings postgres = config.postgres();
        if (postgres != null) {
            throw new IOException("Cannot " + task + " because the configuration names a PostgreSQL, " + postgres
                    + "; use pg_dump and pg_restore (docs/how-to/postgresql.md)");
        }
        return path(config);
    }

    public static Path path(Config config) {
        return config.data().resolve(DataFolder.DATABASE);
    }
}
