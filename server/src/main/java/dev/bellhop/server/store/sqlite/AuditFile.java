// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.store.AuditCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Checks the audit trail in a database file, in use by a server or not, and changes nothing. */
public final class AuditFile {
    private AuditFile() {}

    /**
     * Checks the whole trail in one snapshot.
     *
     * @throws IOException if there is no such trail or it cannot be read, with a message for a person
     */
    public static AuditReport verify(Path file, @Nullable KnownHead known) throws IOException {
        try {
            return OfflineReader.read(file, connection -> AuditCheck.verify(connection, known));
        } catch (SQLException e) {
            throw new IOException("Cannot read an audit trail in " + file + " (" + e.getMessage() + ")", e);
        }
    }
}
