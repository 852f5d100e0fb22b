// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.store.AuditCheck;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Checks the audit trail in a database, in use by a server or not, and changes nothing. */
public final class PostgresAudit {
    private PostgresAudit() {}

    /**
     * Checks the whole trail in one snapshot.
     *
     * @throws IOException if there is no such trail or it cannot be read, with a message for a person
     */
    public static AuditReport verify(PostgresSettings settings, @Nullable KnownHead known) throws IOException {
        try (Connection connection =
                new PostgresConnections(settings).readingForLong().getConnection()) {
            return AuditCheck.verify(connection, known);
        } catch (SQLException e) {
            throw new IOException("Cannot read an audit trail in " + settings + " (" + e.getMessage() + ")", e);
        }
    }
}
