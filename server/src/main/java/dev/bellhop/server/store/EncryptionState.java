// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a database tells of its encryption before the server uses it. */
final class EncryptionState {
    private static final Logger log = LoggerFactory.getLogger(EncryptionState.class);

    private EncryptionState() {}

    /** What tells other keys from those that it was encrypted with; absent where it is not encrypted yet. */
    static byte @Nullable [] check(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet table = statement.executeQuery(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'encryption'")) {
                if (!table.next()) {
                    return null;
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT check_value FROM encryption")) {
                return row.next() ? row.getBytes(1) : null;
            }
        }
    }

    /**
     * Removes what was there in the clear from pages that are not in use and from the log: once, after it was encrypted.
     * Takes as much room on the disk again as the database.
     */
    static void clean(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT cleaned FROM encryption")) {
                if (row.next() && row.getBoolean(1)) {
                    return;
                }
            }
            log.info("Writing the database anew, so that nothing is left in it of what was not encrypted");
            // As large as the database, and encrypted by now.
            statement.execute("PRAGMA temp_store = FILE");
            statement.execute("VACUUM");
            if (isLogEmptied(statement)) {
                statement.execute("UPDATE encryption SET cleaned = 1");
            } else {
                log.warn("Somebody else reads the database, so its log was not emptied; the next start does so");
            }
        }
    }

    private static boolean isLogEmptied(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            return row.next() && row.getInt(1) == 0;
        }
    }
}
