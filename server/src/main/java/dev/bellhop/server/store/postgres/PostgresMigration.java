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

/** Brings the tables of a database to the form of this version, apart from a server's start. */
public final class PostgresMigration {
    private PostgresMigration() {}

    /**
     * Migrates it. Servers of the version before may use it meanwhile: what one version adds does not disturb the one before.
     *
     * @param keys what it is encrypted with; made where there are none, and it has no tables yet
     * @throws EncryptionKeysException where the keys are not there, or are others
     * @throws UnusableDatabaseException where it cannot be reached, used or migrated
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
     * Sees to it that a database has the tables of this version, and that these are its keys.
     *
     * @param mode whether several servers are to use it
     * @param changes whether tables may be made and changed
     * @return what encrypts and decrypts what is in it
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
     * Another server may have made the tables meanwhile. And all servers of a cluster encrypt with the same key, or one would take
     * away as old what another one uses.
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
