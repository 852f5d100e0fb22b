// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.AuditVerifier;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.store.AuditRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Checks the audit trail in a database file, whether a server uses that or not, and changes nothing in it. */
public final class AuditFile {
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

    private AuditFile() {}

    /**
     * Checks all of it, as it is at one moment.
     *
     * @throws IOException if there is no such trail or it cannot be read, with a message for a person
     */
    public static AuditReport verify(Path file, @Nullable KnownHead known) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IOException(
                    "Cannot read " + file + " because there is no such file, or this user may not read it");
        }
        Path log = file.resolveSibling(file.getFileName() + "-wal");
        // Beside a file that nobody uses, a reader would leave files of its own, unless it takes it for one that nobody
        // can
        // change. A server that starts meanwhile makes a log, and then that was wrong.
        boolean unused = !Files.exists(log);
        try {
            AuditReport report = verify(file, unused, known);
            return unused && Files.exists(log) ? verify(file, false, known) : report;
        } catch (SQLException e) {
            throw new IOException("Cannot read an audit trail in " + file + " (" + e.getMessage() + ")", e);
        }
    }

    private static AuditReport verify(Path file, boolean unused, @Nullable KnownHead known) throws SQLException {
        try (Connection connection = open(file, unused)) {
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
    }

    private static @Nullable Stretch ends(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(AuditRow.ENDS)) {
            return rows.next() ? AuditRow.readEnds(rows) : null;
        }
    }

    private static Connection open(Path file, boolean unused) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath().toUri() + (unused ? "?immutable=1" : ""));
        return source.getConnection();
    }
}
