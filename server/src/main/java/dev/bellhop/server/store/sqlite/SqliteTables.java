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

/**
 * Creates and migrates the tables of a file. Flyway needs a tenth of a second to find that there is nothing to do, so
 * it is skipped in that case.
 */
final class SqliteTables {
    private SqliteTables() {}

    /**
     * Creates missing tables, and migrates older ones to this version.
     *
     * @throws DamagedDatabaseException if that fails; the file is as the last successful migration left it
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
