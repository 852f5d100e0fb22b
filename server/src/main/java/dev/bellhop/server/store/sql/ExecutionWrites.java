// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.ExecutionRow;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Updates of stored executions. They run inside a transaction and check no permissions. */
final class ExecutionWrites {
    /** The size of the start options, as the quota counts it. */
    private static final String OPTIONS_BYTES = """
            (SELECT CASE WHEN length <= 500 THEN length ELSE (length + 4095) / 4096 * 4096 END FROM (
                SELECT coalesce(length(sealed_start_options), 0) + coalesce((SELECT length(sealed) FROM long_contents
                    WHERE execution_id = executions.id AND kind = 2), 0) AS length) AS options)""";

    private static final String UPDATE = update("", "?") + " WHERE id = ? RETURNING revision";
    private static final String UPDATE_SHARED =
            update("", "stored_bytes + ? - " + OPTIONS_BYTES) + " WHERE id = ? RETURNING revision";

    /** Includes the fencing check, which then costs no extra statement. */
    private static final String UPDATE_BY_NODE = "WITH held AS (" + Fence.HELD_KEPT + ") "
            // The first update removes the start options. It is recognized by its step, because after waiting for
            // another update, a subquery sees the older state.
            + update(
                    "node_epoch = ?, node_step = ?, ",
                    "stored_bytes + ? - CASE WHEN node_step = 0 THEN " + OPTIONS_BYTES + " ELSE 0 END")
            + " FROM held WHERE executions.id = ? AND executions.vmid = ? AND finished_at IS NULL"
            + " AND (node_epoch, node_step) < (?, ?) RETURNING revision, key_id, account_id, stored_bytes";

    private static final String INSERT_CHUNK =
            "INSERT INTO output (execution_id, stream, stream_offset, bytes, read_at) VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT (execution_id, stream, stream_offset) DO NOTHING";

    private static final String REPLACE_CHUNK =
            "UPDATE output SET bytes = ?, read_at = ? WHERE execution_id = ? AND stream = ? AND stream_offset = ?";

    private static final String CHUNK_LENGTH =
            "SELECT length(bytes) FROM output WHERE execution_id = ? AND stream = ? AND stream_offset = ?";

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final Function<Execution, AuditEntry> endEntries;

    ExecutionWrites(SqlDatabase database, Function<Execution, AuditEntry> endEntries) {
        this.database = database;
        this.cipher = database.cipher();
        this.endEntries = endEntries;
    }

    private static String update(String more, String storedBytes) {
        return """
                UPDATE executions SET %s state = ?, mode = ?, pid = ?, exit_code = ?, signal = ?, reason = ?,
                    started_at = ?, finished_at = ?, stdout_bytes = ?, stderr_bytes = ?, truncated = ?,
                    stdout_written = ?, stderr_written = ?, stored_bytes = %s, sealed_start_options = NULL, revision = revision + 1
                """.formatted(more, storedBytes);
    }

    static void ask(WriteConnection connection, ExecutionId id, StartIntent asked) {
        connection.execute(
                "UPDATE executions SET start_intent_mode = ?, start_intent_at = ?, start_intent_spool = ?, start_intent_boot = ?,"
                        + " revision = revision + 1 WHERE id = ?",
                asked.mode().name(),
                asked.at().toEpochMilli(),
                asked.spool(),
                ExecutionRow.boot(asked),
                id.toString());
    }

    static void opened(WriteConnection connection, ExecutionId id, OpenFiles files) {
        connection.execute(
                "UPDATE executions SET stdout_handle = ?, stderr_handle = ?, revision = revision + 1 WHERE id = ?",
                files.stdout(),
                files.stderr(),
                id.toString());
    }

    static void cancel(WriteConnection connection, ExecutionId id, Duration grace) {
        long seconds = grace.plusNanos(999_999_999).toSeconds();
        connection.execute(
                "UPDATE executions SET cancel_grace_seconds ="
                        + " CASE WHEN cancel_grace_seconds < ? THEN cancel_grace_seconds ELSE ? END,"
                        + " revision = revision + 1 WHERE id = ? AND finished_at IS NULL",
                seconds,
                seconds,
                id.toString());
    }

    /** Returns the size of chunks, as the quota counts it. */
    static long bytes(List<OutputChunk> chunks) {
        return chunks.stream().mapToLong(ExecutionWrites::bytes).sum();
    }

    private static long bytes(OutputChunk chunk) {
        return StorageQuota.chunkBytes(chunk.bytes().length + ContentCipher.OVERHEAD);
    }

    /**
     * Adds chunks. A repeated chunk replaces itself.
     *
     * @return the additional size, as the quota counts it
     */
    long insert(WriteConnection connection, ExecutionId id, List<OutputChunk> chunks) {
        long added = 0;
        for (OutputChunk chunk : chunks) {
            String execution = id.toString();
            int stream = ExecutionRow.stream(chunk.stream());
            long offset = chunk.offset();
            Long readAt = Columns.millis(chunk.readAt());
            // One at a time: with all chunks sealed first, a large result would be in memory twice.
            byte[] sealed = cipher.seal(chunk.bytes(), SealContext.output(execution, stream, offset, readAt));
            added += bytes(chunk);
            if (connection.execute(INSERT_CHUNK, execution, stream, offset, sealed, readAt) == 0) {
                Long before = connection.queryFirst(CHUNK_LENGTH, row -> row.getLong(1), execution, stream, offset);
                added -= StorageQuota.chunkBytes(before == null ? 0 : before);
                connection.execute(REPLACE_CHUNK, sealed, readAt, execution, stream, offset);
            }
        }
        return added;
    }

    /**
     * The position of an update in a node's updates of an execution.
     *
     * @param epoch the epoch of the node's hold on the VM
     * @param step rises with each update
     */
    record NodeStep(long epoch, long step) {}

    /**
     * Replaces the stored state of an execution, and records its end.
     *
     * @param size the new stored size
     * @return the new revision
     */
    long update(WriteConnection connection, Execution execution, long size) {
        return update(connection, UPDATE, execution, values(execution, size));
    }

    /**
     * The state of an execution after a node's update.
     *
     * @param bytes the stored size
     */
    record ByNode(long revision, String keyId, Tenant tenant, long bytes) {
        private static ByNode read(ResultSet row) throws SQLException {
            return new ByNode(row.getLong(1), row.getString(2), Tenant.ofAccountId(row.getString(3)), row.getLong(4));
        }

        /** Combines the node's report with the key and account from the store. */
        private Execution own(Execution told) {
            ExecutionSpec spec = told.spec();
            return told.withSpec(new ExecutionSpec(
                    spec.command(), keyId, tenant, spec.labels(), spec.timeout(), spec.secretEnv(), spec.saved()));
        }
    }

    /**
     * Stores a node's update with more output, if the node holds the VM. Writes nothing and returns null if it does
     * not, if the execution has ended, or if this or a later step is already stored.
     */
    @Nullable
    ByNode update(
            WriteConnection connection, VmHold hold, NodeStep step, Execution execution, List<OutputChunk> chunks) {
        long expected = bytes(chunks);
        List<@Nullable Object> values = new ArrayList<>(Arrays.asList(Fence.values(hold)));
        values.add(step.epoch);
        values.add(step.step);
        values.addAll(values(execution, expected));
        values.add(hold.vm().value());
        values.add(step.epoch);
        values.add(step.step);
        ByNode stored = connection.queryFirst(UPDATE_BY_NODE, ByNode::read, values.toArray());
        if (stored == null) {
            return null;
        }
        // Less if some chunks were already stored.
        long missing = insert(connection, execution.id(), chunks) - expected;
        if (missing != 0) {
            connection.execute(
                    "UPDATE executions SET stored_bytes = stored_bytes + ? WHERE id = ?",
                    missing,
                    execution.id().toString());
        }
        if (execution.state().isFinal()) {
            database.audit().append(connection, List.of(endEntries.apply(stored.own(execution))));
        }
        return new ByNode(stored.revision, stored.keyId, stored.tenant, stored.bytes + missing);
    }

    /**
     * Like the other {@code update}, if other servers may also store parts of the execution.
     *
     * @param added the additional size, without the start options
     */
    long updateShared(WriteConnection connection, Execution execution, long added) {
        return update(connection, UPDATE_SHARED, execution, values(execution, added));
    }

    private long update(WriteConnection connection, String sql, Execution execution, List<@Nullable Object> values) {
        Long revision = connection.queryFirst(sql, row -> row.getLong(1), values.toArray());
        if (revision == null) {
            throw new IllegalStateException("execution " + execution.id() + " is not in the database");
        }
        if (execution.state().isFinal()) {
            database.audit().append(connection, List.of(endEntries.apply(execution)));
        }
        return revision;
    }

    private static List<@Nullable Object> values(Execution execution, long size) {
        ExitStatus exit = execution.exit();
        ExecutionMode mode = execution.mode();
        OutputSize output = execution.output();
        return Arrays.asList(
                execution.state().name(),
                mode == null ? null : mode.name(),
                execution.pid(),
                exit == null ? null : exit.code(),
                exit == null ? null : exit.signal(),
                execution.reason() == null ? null : execution.reason().name(),
                Columns.millis(execution.startedAt()),
                Columns.millis(execution.finishedAt()),
                output.stdoutBytes(),
                output.stderrBytes(),
                output.truncated(),
                output.stdoutWritten(),
                output.stderrWritten(),
                size,
                execution.id().toString());
    }
}
