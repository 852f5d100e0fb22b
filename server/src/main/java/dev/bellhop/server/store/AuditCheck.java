// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.AuditVerifier;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.audit.AuditStore.Stretch;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Checks the whole audit trail of a database, in use by a server or not. */
public final class AuditCheck {
    /** Limits how many rows are in memory at once. */
    private static final int FETCHED = 1000;

    private AuditCheck() {}

    /**
     * Checks the trail in one snapshot, and changes nothing.
     *
     * @param connection a connection whose transactions see only data committed before they began
     */
    public static AuditReport verify(Connection connection, @Nullable KnownHead known) throws SQLException {
        connection.setAutoCommit(false);
        Stretch ends = ends(connection);
        AuditVerifier verifier = AuditVerifier.whole(ends == null ? AuditMark.START : ends.anchor(), known);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCHED);
            try (ResultSet rows = statement.executeQuery("SELECT * FROM audit ORDER BY seq")) {
                while (rows.next()) {
                    verifier.accept(AuditRow.read(rows));
                }
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
