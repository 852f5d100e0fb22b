// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.MigratedTables;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Migrates the tables of a database to this version, separately from a server's start. */
public final class PostgresMigration {
    private PostgresMigration() {}

    /**
     * Migrates a database. Servers of the previous version can use it during the migration: the additions of one
     * version do not disturb the previous one.
     *
     * @param keys the encryption keys; created if there are none and the database has no tables yet
     * @throws EncryptionKeysException if the keys are missing or different
     * @throws UnusableDatabaseException if the database cannot be reached, used or migrated
     */
    public static MigratedTables run(PostgresSettings settings, KeySource keys) throws IOException {
        DataSource source = new PostgresConnections(settings).migrating();
        try (Connection connection = source.getConnection()) {
            PostgresTables before = PostgresTables.of(settings, connection);
            ready(settings, ServerMode.SINGLE, source, connection, keys, true);
            return new MigratedTables(before.version(), PostgresTables.NEWEST);
        } catch (SQLException e) {
            throw UnusableDatabaseException.unreachable(settings, e);
        }
    }

    /**
     * Ensures that a database has the tables of this version, and that these are its keys.
     *
     * @param mode whether several servers will use it
     * @param changes whether tables may be created and changed
     * @return the cipher for the database's contents
     */
    static ContentCipher ready(
            PostgresSettings settings,
            ServerMode mode,
            DataSource source,
            Connection connection,
            KeySource keys,
            boolean changes)
            throws SQLException, IOException {
        PostgresTables before = PostgresTables.of(settings, connection);
        if (!changes) {
            before.requireNewest(settings);
        }
        ContentCipher cipher = ContentCipher.with(keys, before.check());
        if (changes && before.version() < PostgresTables.NEWEST) {
            PostgresTables.migrate(settings, source, cipher);
        }
        requireSameKeys(
                settings,
                mode,
                keys,
                cipher,
                PostgresTables.of(settings, connection).check());
        return cipher;
    }

    /**
     * Another server may have created the tables in the meantime. Also, all servers of a cluster must encrypt with the
     * same key; otherwise one could remove a key as old that another one still uses.
     */
    private static void requireSameKeys(
            PostgresSettings settings, ServerMode mode, KeySource keys, ContentCipher cipher, byte @Nullable [] check)
            throws IOException {
        if (check == null) {
            throw new UnusableDatabaseException(settings, "its tables are gone again; start the server again");
        }
        ContentCipher.requireKeys(keys, check);
        if (mode == ServerMode.CLUSTER && !cipher.isRenewed(check)) {
            throw new UnusableDatabaseException(
                    settings,
                    "it is encrypted with another key than the primary one here; give all servers of the cluster the same"
                            + " encryption keys, and change them as the guide on PostgreSQL says");
        }
    }
}
