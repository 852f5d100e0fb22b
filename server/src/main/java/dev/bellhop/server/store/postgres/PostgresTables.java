// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.store.Causes;
import dev.bellhop.server.store.copy.StoreCopy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a database, and their creation.
 *
 * @param version the newest migration; 0 without tables
 * @param check the check value of the database's encryption keys; absent without tables
 */
@SuppressWarnings("ArrayRecordComponent") // Read once.
record PostgresTables(int version, byte @Nullable [] check) {
    /** The same number and content as the form in {@code store.sqlite}. */
    static final int NEWEST = 34;

    private static final int MIN_POSTGRESQL = 17;

    private static final String HISTORY = "flyway_schema_history";

    /**
     * Reads the state of the tables, and changes nothing.
     *
     * @throws UnusableDatabaseException if this version of the server cannot use it
     */
    static PostgresTables of(PostgresSettings settings, Connection connection)
            throws SQLException, UnusableDatabaseException {
        if (isUnfinishedCopy(connection)) {
            throw new UnusableDatabaseException(
                    settings,
                    "a copy into it has not been finished; run 'bellhop store copy' again, which starts over, or give"
                            + " Bellhop another database");
        }
        return read(settings, connection);
    }

    static boolean isUnfinishedCopy(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return text(statement, "SELECT to_regclass('" + StoreCopy.UNFINISHED + "')") != null;
        }
    }

    private static PostgresTables read(PostgresSettings settings, Connection connection)
            throws SQLException, UnusableDatabaseException {
        int postgresql = connection.getMetaData().getDatabaseMajorVersion();
        if (postgresql < MIN_POSTGRESQL) {
            throw new UnusableDatabaseException(
                    settings, "it is PostgreSQL " + postgresql + ", and Bellhop needs " + MIN_POSTGRESQL + " or newer");
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
            if (holdsTablesOfOthers(statement)) {
                throw new UnusableDatabaseException(
                        settings, "it holds tables that no Bellhop server made; give Bellhop a database of its own");
            }
            if (text(statement, "SELECT to_regclass('" + HISTORY + "')") == null) {
                return new PostgresTables(0, null);
            }
            String newest = text(statement, "SELECT max(version::int) FROM " + HISTORY + " WHERE success");
            if (newest == null) {
                // The first migration is running.
                return new PostgresTables(0, null);
            }
            int version = Integer.parseInt(newest);
            if (version > NEWEST) {
                throw new UnusableDatabaseException(
                        settings, "a newer version of Bellhop has changed it; run that version");
            }
            return new PostgresTables(version, checkValue(settings, statement));
        }
    }

    /** One query, because another process may be about to create the tables. */
    private static boolean holdsTablesOfOthers(Statement statement) throws SQLException {
        return text(
                        statement,
                        "SELECT min(tablename) FROM pg_tables WHERE schemaname = current_schema() HAVING to_regclass('"
                                + HISTORY + "') IS NULL")
                != null;
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

    /**
     * Fails if a server that changes no tables could not use these.
     *
     * @throws UnusableDatabaseException if they are not of this version
     */
    void requireNewest(PostgresSettings settings) throws UnusableDatabaseException {
        if (version < NEWEST) {
            throw new UnusableDatabaseException(
                    settings,
                    (version == 0 ? "it has no tables yet" : "its tables are those of an older version of Bellhop")
                            + ", and the configuration says not to migrate it; run 'bellhop migrate --config FILE'");
        }
    }

    /**
     * Creates missing tables and migrates older ones to this version. Concurrent migrations wait: Flyway holds an
     * advisory lock.
     *
     * @throws UnusableDatabaseException if that fails; the tables are as the last successful migration left them
     */
    static void migrate(PostgresSettings settings, DataSource source, ContentCipher cipher)
            throws UnusableDatabaseException {
        try {
            Flyway.configure(PostgresTables.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:dev/bellhop/server/store/postgres/migration")
                    .placeholders(Map.of(
                            "check",
                            HexFormat.of().formatHex(cipher.check()),
                            "key",
                            Integer.toString(cipher.primary())))
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new UnusableDatabaseException(
                    settings, "its tables could not be brought to the form of this version: " + Causes.of(e), e);
        }
    }
}
