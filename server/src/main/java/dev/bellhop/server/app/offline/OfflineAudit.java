// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.offline;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.app.DataFolder;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.store.postgres.PostgresAudit;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.sqlite.AuditFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks the audit trail in a server's database, whether the server runs or not, and changes nothing. */
public final class OfflineAudit {
    private OfflineAudit() {}

    /**
     * Checks the whole trail, in the database that a configuration names.
     *
     * @throws IOException if it cannot be read, with a message for a person
     */
    public static AuditReport configured(Path configFile, @Nullable KnownHead known) throws IOException {
        Config config = OfflineBackup.read(configFile);
        PostgresSettings postgres = config.postgres();
        return postgres == null ? verify(config.data(), known) : PostgresAudit.verify(postgres, known);
    }

    /**
     * Checks the whole trail, in a data folder.
     *
     * @throws IOException if it cannot be read, with a message for a person
     */
    public static AuditReport verify(Path data, @Nullable KnownHead known) throws IOException {
        Path file = data.resolve(DataFolder.DATABASE);
        if (Files.isDirectory(data) && !Files.exists(file)) {
            throw new IOException("Cannot check an audit trail in " + data + " because there is no "
                    + DataFolder.DATABASE
                    + "; if the server keeps its data in PostgreSQL, give its configuration with --config instead");
        }
        return AuditFile.verify(file, known);
    }
}
