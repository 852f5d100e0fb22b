// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** An execution read from its row. */
final class ExecutionRow {
    private ExecutionRow() {}

    static Execution read(ResultSet row, StatementContext context) throws SQLException {
        ExecutionState state = ExecutionState.valueOf(row.getString("state"));
        String reason = row.getString("reason");
        return new Execution(
                new ExecutionId(UUID.fromString(row.getString("id"))),
                new VmId(row.getLong("vmid")),
                state,
                row.getString("command"),
                row.getString("key_id"),
                number(row, "pid"),
                state == ExecutionState.EXITED ? new ExitStatus(small(row, "exit_code"), small(row, "signal")) : null,
                reason == null ? null : Reason.valueOf(reason),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Millis.read(row, "started_at"),
                Millis.read(row, "finished_at"),
                new OutputSize(row.getLong("stdout_bytes"), row.getLong("stderr_bytes"), row.getBoolean("truncated")));
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static @Nullable Integer small(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }
}
