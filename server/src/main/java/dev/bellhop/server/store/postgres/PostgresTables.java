// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.ContentCipher;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** Which tables a database has, whether this version of the server can use them, and how they are made. */
final class PostgresTables {
    /** The form that {@code store.sqlite} calls by the same number, with the same content. */
    static final int NEWEST = 25;

    private static final int MIN_POSTGRESQL = 17;

    private static final String HISTORY = "flyway_schema_history";

    private PostgresTables() {}

    /**
     * Changes nothing.
     *
     * @return what tells other encryption keys from those of this database; absent where it has no tables yet
     * @throws UnusableDatabaseException where this server cannot use it
     */
    static byte @Nullable [] check(PostgresSettings settings, Connection connection)
            throws SQLException, UnusableDatabaseException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < MIN_POSTGRESQL) {
            throw new UnusableDatabaseException(
                    settings, "it is PostgreSQL " + version + ", and Bellhop needs " + MIN_POSTGRESQL + " or newer");
        }
        try (Statement statement = connection.createStatement()) {
            if (!"UTF8".equals(text(statement, "SHOW server_encoding"))) {
                throw new UnusableDatabaseException(
                        settings, "its encoding is not UTF8; make it with ENCODING 'UTF8' TEMPLATE template0");
            }
            if (text(statement, "SELECT current_schema()") == null) {
                throw new UnusableDatabaseException(
                        settings, "this user may use no schema in it; make the user the owner of the database");
            }
            if (text(statement, "SELECT to_regclass('" + HISTORY + "')") == null) {
                if (text(statement, "SELECT min(tablename) FROM pg_tables WHERE schemaname = current_schema()")
                        != null) {
                    throw new UnusableDatabaseException(
                            settings,
                            "it holds tables that no Bellhop server made; give Bellhop a database of its own");
                }
                return null;
            }
            String newest = text(statement, "SELECT max(version::int) FROM " + HISTORY + " WHERE success");
            if (newest != null && Integer.parseInt(newest) > NEWEST) {
                throw new UnusableDatabaseException(
                        settings, "a newer version of Bellhop has changed it; run that version");
            }
            return checkValue(settings, statement);
        }
    }

    private static byte[] checkValue(PostgresSettings settings, Statement statement)
            throws SQLException, UnusableDatabaseException {
        try (ResultSet row = statement.executeQuery("SELECT check_value FROM encryption")) {
            if (!row.next()) {
                throw new UnusableDatabaseException(
                        settings, "it does not say with which encryption keys it was made; restore a backup");
            }
            return row.getBytes(1);
        }
    }

    private static @Nullable String text(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** Makes the tables where they are missing, and brings older ones to the form of this version; one server at a time. */
    static void migrate(DataSource source, ContentCipher cipher) {
        Flyway.configure(PostgresTables.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:dev/bellhop/server/store/postgres/migration")
                .placeholders(Map.of(
                        "check", HexFormat.of().formatHex(cipher.check()), "key", Integer.toString(cipher.primary())))
                .load()
                .migrate();
    }
}
