// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Asked;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExecutionStore.Unfinished;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedAs;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Reads executions from their rows. */
final class ExecutionRow {
    private final SealedContent content;

    ExecutionRow(SealedContent content) {
        this.content = content;
    }

    Execution read(ResultSet row, StatementContext context) throws SQLException {
        String mode = row.getString("mode");
        String reason = row.getString("reason");
        ExecutionState state = ExecutionState.valueOf(row.getString("state"));
        return new Execution(
                new ExecutionId(UUID.fromString(row.getString("id"))),
                new VmId(row.getLong("vmid")),
                spec(row),
                state,
                mode == null ? null : ExecutionMode.valueOf(mode),
                number(row, "pid"),
                exit(row, state),
                reason == null ? null : Reason.valueOf(reason),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Millis.read(row, "started_at"),
                Millis.read(row, "finished_at"),
                new OutputSize(
                        row.getLong("stdout_bytes"),
                        row.getLong("stderr_bytes"),
                        row.getBoolean("truncated"),
                        number(row, "stdout_written"),
                        number(row, "stderr_written")),
                approval(row));
    }

    private static @Nullable Approval approval(ResultSet row) throws SQLException {
        Instant expiresAt = Millis.read(row, "approval_expires_at");
        return expiresAt == null
                ? null
                : new Approval(
                        expiresAt,
                        Millis.read(row, "approved_at"),
                        row.getString("approved_by"),
                        row.getString("approval_digest"));
    }

    Unfinished readUnfinished(ResultSet row, StatementContext context) throws SQLException {
        String mode = row.getString("asked_mode");
        String boot = row.getString("asked_boot");
        Long grace = number(row, "cancel_grace_seconds");
        Execution execution = read(row, context);
        Delivery delivery = content.openDelivery(execution.id().toString(), row.getBytes("sealed_delivery"))
                .delivery();
        return new Unfinished(
                execution,
                delivery.terms(),
                mode == null
                        ? null
                        : new Asked(
                                ExecutionMode.valueOf(mode),
                                Instant.ofEpochMilli(row.getLong("asked_at")),
                                row.getString("asked_spool"),
                                boot == null ? null : UUID.fromString(boot)),
                grace == null ? null : Duration.ofSeconds(grace),
                new OpenFiles(number(row, "stdout_handle"), number(row, "stderr_handle")));
    }

    private ExecutionSpec spec(ResultSet row) throws SQLException {
        Long timeout = number(row, "timeout_seconds");
        return new ExecutionSpec(
                // An earlier version has stored long ones there as a whole.
                content.openCommand(row.getString("id"), row.getBytes("sealed_command"))
                        .shortened(),
                row.getString("key_id"),
                row.getString("account_id"),
                ExecutionJson.readNames(row.getString("labels")),
                timeout == null ? null : Duration.ofSeconds(timeout),
                content.openSecretEnv(row.getString("id"), row.getBytes("sealed_secret_env")),
                saved(row));
    }

    private static @Nullable SavedAs saved(ResultSet row) throws SQLException {
        String name = row.getString("saved_command");
        return name == null ? null : new SavedAs(name, row.getInt("saved_command_version"));
    }

    /** One that exited has an exit, even where the guest did not say which; one that was ended has one if it had started. */
    private static @Nullable ExitStatus exit(ResultSet row, ExecutionState state) throws SQLException {
        Integer code = small(row, "exit_code");
        Integer signal = small(row, "signal");
        return code == null && signal == null && state != ExecutionState.EXITED ? null : new ExitStatus(code, signal);
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
