// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a database, according to its list of migrations, and whether this version of the server can use them.
 *
 * @param version the newest migration; 0 without tables
 * @param check the check value of the database's encryption keys; absent without tables
 */
@SuppressWarnings("ArrayRecordComponent") // Read once.
record StoredForm(int version, byte @Nullable [] check) {
    /** The oldest usable form. In a database of an older version, values are not bound to their rows. */
    static final int OLDEST = 22;

    static final int NEWEST = 34;

    private static final String HISTORY = "flyway_schema_history";

    /**
     * Reads the state of the tables, and changes nothing.
     *
     * @throws DamagedDatabaseException if the tables are of another version, or not a server's
     */
    static StoredForm of(Path file, Connection connection) throws SQLException, DamagedDatabaseException {
        try (Statement statement = connection.createStatement()) {
            boolean hasTables = number(
                            statement,
                            "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> '"
                                    + HISTORY + "'")
                    > 0;
            if (!hasTables) {
                return new StoredForm(0, null);
            }
            if (number(statement, "SELECT count(*) FROM sqlite_schema WHERE name = '" + HISTORY + "'") == 0) {
                throw refused(file, "it holds tables that no Bellhop server made");
            }
            String versions = " FROM " + HISTORY + " WHERE success AND version IS NOT NULL";
            if (number(statement, "SELECT coalesce(min(CAST(version AS INTEGER)), 0)" + versions) < OLDEST) {
                throw refused(file, "an older version of Bellhop made it, and there is no way to take it over");
            }
            int version = (int) number(statement, "SELECT max(CAST(version AS INTEGER))" + versions);
            if (version > NEWEST) {
                throw refused(file, "a newer version of Bellhop has changed it; run that version");
            }
            try (ResultSet row = statement.executeQuery("SELECT check_value FROM encryption")) {
                if (!row.next()) {
                    throw refused(file, "it does not say with which encryption keys it was made");
                }
                return new StoredForm(version, row.getBytes(1));
            }
        }
    }

    /** Returns whether there is nothing to migrate. */
    boolean isNewest() {
        return version == NEWEST;
    }

    private static long number(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private static DamagedDatabaseException refused(Path file, String why) {
        return new DamagedDatabaseException("Cannot use the database " + file + " because " + why
                + ". Nothing was changed; move the file away to begin with an empty database");
    }
}
