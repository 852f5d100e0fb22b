// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.store.Columns;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fixed facts in an execution's row: where it runs, its requester and account, and its preconditions. All encrypted
 * values of the row are bound to these facts, so a row with a changed fact cannot be decrypted. Output is bound only to
 * the id, and is read only after the row.
 *
 * @param facts in the order of the columns
 */
public record ExecutionBinding(String id, List<@Nullable Object> facts) {
    /**
     * The columns that decryption needs. One of them says whether there are secret variables; without it, output would
     * be shown with their values.
     */
    public static final String COLUMNS = "id, vmid, key_id, account_id, labels, timeout_seconds, saved_command,"
            + " saved_command_version, saved_command_at, created_at, approval_expires_at, sealed_secret_env";

    public static ExecutionBinding of(Execution execution) {
        ExecutionSpec spec = execution.spec();
        Approval approval = execution.approval();
        SavedCommandVersion saved = spec.saved();
        return new ExecutionBinding(
                execution.id().toString(),
                Arrays.<@Nullable Object>asList(
                        execution.vm().value(),
                        spec.keyId(),
                        spec.tenant().accountId(),
                        ExecutionJson.names(spec.labels()),
                        spec.timeout() == null ? null : spec.timeout().toSeconds(),
                        saved == null ? null : saved.name(),
                        saved == null ? null : saved.version(),
                        saved == null ? null : Columns.millis(saved.savedAt()),
                        execution.createdAt().toEpochMilli(),
                        approval == null ? null : approval.expiresAt().toEpochMilli(),
                        !spec.secretEnv().isEmpty()));
    }

    public static ExecutionBinding of(ResultSet row) throws SQLException {
        return new ExecutionBinding(
                row.getString("id"),
                Arrays.<@Nullable Object>asList(
                        row.getObject("vmid"),
                        row.getString("key_id"),
                        row.getString("account_id"),
                        row.getString("labels"),
                        row.getObject("timeout_seconds"),
                        row.getString("saved_command"),
                        row.getObject("saved_command_version"),
                        row.getObject("saved_command_at"),
                        row.getObject("created_at"),
                        row.getObject("approval_expires_at"),
                        row.getObject("sealed_secret_env") != null));
    }

    public String command() {
        return GuardedTable.text("command of execution " + id, facts);
    }

    public String startOptions() {
        return GuardedTable.text("delivery of execution " + id, facts);
    }

    public String secretEnv() {
        return GuardedTable.text("secret variables of execution " + id, facts);
    }
}
