// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Asked;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionStore.Unfinished;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Instant;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of what older servers have stored. */
class MigrationTest {
    private static final long CREATED = 1_764_000_000_000L;

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:sqlite:" + folder.resolve("x.db");
    }

    private void migrateTo(String version) {
        Flyway.configure(SqliteDatabase.class.getClassLoader())
                .dataSource(url(), null, null)
                .locations("classpath:dev/bellhop/server/store/migration")
                .target(version)
                .load()
                .migrate();
    }

    private void execute(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(url());
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.executeUpdate();
        }
    }

    private static String pending(String columns, String values) {
        return "INSERT INTO executions (id, vmid, state, command, key_id, created_at, stdout_bytes, stderr_bytes,"
                + " truncated" + columns + ") VALUES ('019c1379-5a10-7cc3-8d25-6f1f7f3f2c01', 1, 'PENDING', 'x',"
                + " '0123456789ab', " + CREATED + ", 0, 0, 0" + values + ")";
    }

    private @Nullable Asked asked() throws Exception {
        try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("x.db"))) {
            Unfinished left = new SqlExecutionStore(database).unfinished().getFirst();
            return left.asked();
        }
    }

    /** Its agent alone may have run it, and no spool tells that. */
    @Test
    void whatWasPendingBeforeAskingWasStoredMayHaveRunUnseen() throws Exception {
        migrateTo("2");
        execute(pending("", ""));

        assertThat(asked()).isEqualTo(new Asked(ExecutionMode.SUPERVISED, Instant.EPOCH));
    }

    @Test
    void whatWasAskedForLaterIsLeftAsItIs() throws Exception {
        migrateTo("4");
        execute(pending(", asked_mode, asked_at", ", 'SUPERVISED', " + (CREATED + 1)));

        assertThat(asked()).isEqualTo(new Asked(ExecutionMode.SUPERVISED, Instant.ofEpochMilli(CREATED + 1)));
    }

    @Test
    void whatNoGuestHasHeardOfStaysSo() throws Exception {
        migrateTo("4");
        execute(pending("", ""));

        assertThat(asked()).isNull();
    }
}
