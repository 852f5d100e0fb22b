// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.store.Causes;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** How the tables of a file are made. Flyway takes a tenth of a second to find out that there is nothing to do, so it is not asked then. */
final class SqliteTables {
    private SqliteTables() {}

    /**
     * Makes the tables where they are missing, and brings older ones to the form of this version.
     *
     * @throws DamagedDatabaseException where that cannot be done; the file is as the last migration that worked has left it
     */
    static void migrate(Path file, DataSource source, ContentCipher cipher) throws DamagedDatabaseException {
        try {
            Flyway.configure(SqliteTables.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:dev/bellhop/server/store/sqlite/migration")
                    .placeholders(Map.of(
                            "check",
                            HexFormat.of().formatHex(cipher.check()),
                            "key",
                            Integer.toString(cipher.primary())))
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new DamagedDatabaseException(
                    "Cannot use the database " + file + " because its tables could not be brought to the form of this"
                            + " version: " + Causes.of(e),
                    e);
        }
    }
}
