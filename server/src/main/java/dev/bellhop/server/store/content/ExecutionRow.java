// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

public final class ExecutionRow {
    private static final Logger log = LoggerFactory.getLogger(ExecutionRow.class);
    private static final int MAX_REMEMBERED = 1000;

    private final ContentCipher cipher;

    /** Ids of the executions whose decryption failure was already logged. */
    private final Cache<String, Boolean> told =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    public ExecutionRow(ContentCipher cipher) {
        this.cipher = cipher;
    }

    public Execution read(ResultSet row) throws SQLException {
        return read(row, spec(row), approval(row));
    }

    /**
     * Like {@link #read}, but a row that cannot be decrypted or trusted gets {@link CommandLine#unreadable} as its
     * command. One damaged row must not hide the others.
     */
    public Execution readListed(ResultSet row) throws SQLException {
        try {
            return read(row);
        } catch (BellhopException | JacksonException e) {
            String id = row.getString("id");
            if (told.asMap().putIfAbsent(id, true) == null) {
                log.error("Cannot decrypt the command of execution {}; lists show the rest of it", id, e);
            }
            return read(row, spec(row, CommandLine.unreadable(), Map.of()), null);
        }
    }

    private Execution read(ResultSet row, ExecutionSpec spec, @Nullable Approval approval) throws SQLException {
        String mode = row.getString("mode");
        String reason = row.getString("reason");
        ExecutionState state = ExecutionState.valueOf(row.getString("state"));
        return new Execution(
                new ExecutionId(UUID.fromString(row.getString("id"))),
                new VmId(row.getLong("vmid")),
                spec,
                state,
                mode == null ? null : ExecutionMode.valueOf(mode),
                Columns.number(row, "pid"),
                exit(row, state),
                reason == null ? null : Reason.valueOf(reason),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Columns.time(row, "started_at"),
                Columns.time(row, "finished_at"),
                new OutputSize(
                        row.getLong("stdout_bytes"),
                        row.getLong("stderr_bytes"),
                        row.getBoolean("truncated"),
                        Columns.number(row, "stdout_written"),
                        Columns.number(row, "stderr_written")),
                approval);
    }

    private @Nullable Approval approval(ResultSet row) throws SQLException {
        Instant expiresAt = Columns.time(row, "approval_expires_at");
        if (expiresAt == null) {
            return null;
        }
        Instant givenAt = Columns.time(row, "approved_at");
        String givenBy = row.getString("approved_by");
        String digest = row.getString("approval_digest");
        if (givenAt != null) {
            cipher.checkMac(
                    row.getBytes("approval_mac"),
                    SealContext.approval(row.getString("id"), givenAt.toEpochMilli(), givenBy, digest));
        }
        return new Approval(expiresAt, givenAt, givenBy, digest);
    }

    Unfinished readUnfinished(ResultSet row) throws SQLException {
        String mode = row.getString("start_intent_mode");
        String boot = row.getString("start_intent_boot");
        Long grace = Columns.number(row, "cancel_grace_seconds");
        Execution execution = read(row);
        // An execution without a pid has not begun, so its start options are there.
        StartOptions options =
                execution.pid() != null ? StartOptions.PLAIN : startOptions(row).startOptions();
        return new Unfinished(
                execution,
                row.getLong("revision"),
                options.terms(),
                mode == null
                        ? null
                        : new StartIntent(
                                ExecutionMode.valueOf(mode),
                                Instant.ofEpochMilli(row.getLong("start_intent_at")),
                                row.getString("start_intent_spool"),
                                boot == null ? null : UUID.fromString(boot)),
                grace == null ? null : Duration.ofSeconds(grace),
                new OpenFiles(Columns.number(row, "stdout_handle"), Columns.number(row, "stderr_handle")));
    }

    /** Reads a row; absent if it cannot be read or trusted. The server does not resume such an execution. */
    public @Nullable Unfinished readableUnfinished(ResultSet row) throws SQLException {
        try {
            return readUnfinished(row);
        } catch (BellhopException e) {
            log.error("Cannot take up execution {}, of which nothing will be run", row.getString("id"), e);
            return null;
        }
    }

    public static @Nullable String boot(@Nullable StartIntent asked) {
        return asked == null || asked.boot() == null ? null : asked.boot().toString();
    }

    public static int stream(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> 1;
            case STDERR -> 2;
        };
    }

    private ExecutionSpec spec(ResultSet row) throws SQLException {
        byte[] secretEnv = row.getBytes("sealed_secret_env");
        return spec(
                row,
                command(row),
                secretEnv == null
                        ? Map.of()
                        : ExecutionJson.readNames(cipher.openText(
                                secretEnv, ExecutionBinding.of(row).secretEnv())));
    }

    CommandLine command(ResultSet row) throws SQLException {
        return ExecutionJson.readCommand(cipher.open(
                row.getBytes("sealed_command"), ExecutionBinding.of(row).command()));
    }

    /**
     * Reads the start options of a pending execution. They exist until the start. So no one can make a started
     * execution look pending again: the server never stores a pending one without them.
     */
    ExecutionJson.ReadStartOptions startOptions(ResultSet row) throws SQLException {
        String context = ExecutionBinding.of(row).startOptions();
        byte[] sealed = row.getBytes("sealed_start_options");
        if (sealed == null) {
            cipher.checkMac(null, context);
        }
        return ExecutionJson.readStartOptions(cipher.open(Objects.requireNonNull(sealed), context));
    }

    private static ExecutionSpec spec(ResultSet row, CommandLine command, Map<String, String> secretEnv)
            throws SQLException {
        Long timeout = Columns.number(row, "timeout_seconds");
        return new ExecutionSpec(
                command,
                row.getString("key_id"),
                Tenant.ofAccountId(row.getString("account_id")),
                ExecutionJson.readNames(row.getString("labels")),
                timeout == null ? null : Duration.ofSeconds(timeout),
                secretEnv,
                saved(row));
    }

    private static @Nullable SavedCommandVersion saved(ResultSet row) throws SQLException {
        String name = row.getString("saved_command");
        return name == null
                ? null
                : new SavedCommandVersion(
                        name, row.getInt("saved_command_version"), Columns.time(row, "saved_command_at"));
    }

    /**
     * Returns the exit status. An exited execution always has one, even if the guest reported no code. A terminated
     * execution has one if it had started.
     */
    private static @Nullable ExitStatus exit(ResultSet row, ExecutionState state) throws SQLException {
        Integer code = Columns.smallNumber(row, "exit_code");
        Integer signal = Columns.smallNumber(row, "signal");
        return code == null && signal == null && state != ExecutionState.EXITED ? null : new ExitStatus(code, signal);
    }
}
