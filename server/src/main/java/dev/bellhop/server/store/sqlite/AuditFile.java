// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.AuditVerifier;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.store.AuditRow;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Checks the audit trail in a database file, whether a server uses that or not, and changes nothing in it. */
public final class AuditFile {
    private AuditFile() {}

    /**
     * Checks all of it, as it is at one moment.
     *
     * @throws IOException if there is no such trail or it cannot be read, with a message for a person
     */
    public static AuditReport verify(Path file, @Nullable KnownHead known) throws IOException {
        try {
            return OfflineReader.read(file, connection -> verify(connection, known));
        } catch (SQLException e) {
            throw new IOException("Cannot read an audit trail in " + file + " (" + e.getMessage() + ")", e);
        }
    }

    private static AuditReport verify(Connection connection, @Nullable KnownHead known) throws SQLException {
        // One transaction sees the file as it was when it began.
        connection.setAutoCommit(false);
        Stretch ends = ends(connection);
        AuditVerifier verifier = AuditVerifier.whole(ends == null ? AuditMark.START : ends.anchor(), known);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM audit ORDER BY seq")) {
            while (rows.next()) {
                verifier.accept(AuditRow.read(rows));
            }
        }
        return verifier.end(ends == null ? null : ends.head());
    }

    private static @Nullable Stretch ends(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(AuditRow.ENDS)) {
            return rows.next() ? AuditRow.readEnds(rows) : null;
        }
    }
}
