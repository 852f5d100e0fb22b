// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionJournal;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StorageQuota;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.ExecutionRow;
import dev.bellhop.server.store.LongContents;
import dev.bellhop.server.store.SealContext;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

final class SqlExecutionJournal implements ExecutionJournal {
    private static final String UPDATE = update("?");

    /** Another server may have stored something of the same execution. What it took to start it goes. */
    private static final String UPDATE_SHARED = update("""
            stored_bytes + ? - (SELECT CASE WHEN length <= 500 THEN length ELSE (length + 4095) / 4096 * 4096 END FROM (
                SELECT coalesce(length(sealed_start_options), 0) + coalesce((SELECT length(sealed) FROM long_contents
                    WHERE execution_id = executions.id AND kind = 2), 0) AS length) AS options)""");

    private static String update(String storedBytes) {
        return """
            UPDATE executions SET state = ?, mode = ?, pid = ?, exit_code = ?, signal = ?, reason = ?,
                started_at = ?, finished_at = ?, stdout_bytes = ?, stderr_bytes = ?, truncated = ?,
                stdout_written = ?, stderr_written = ?, stored_bytes = %s, sealed_start_options = NULL, revision = revision + 1
            WHERE id = ? RETURNING revision
            """.formatted(storedBytes);
    }

    /** A chunk whose write was repeated after a failure replaces itself. */
    private static final String INSERT_CHUNK = """
            INSERT INTO output (execution_id, stream, stream_offset, bytes, read_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (execution_id, stream, stream_offset) DO UPDATE SET bytes = excluded.bytes, read_at = excluded.read_at
            """;

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final ExecutionRow rows;
    private final LongContents longContents;
    private final StorageQuota quota;
    private final Function<Execution, AuditEntry> endEntries;

    SqlExecutionJournal(SqlDatabase database, StorageQuota quota, Function<Execution, AuditEntry> endEntries) {
        this.database = database;
        this.cipher = database.cipher();
        this.rows = new ExecutionRow(cipher);
        this.longContents = new LongContents(cipher);
        this.quota = quota;
        this.endEntries = endEntries;
    }

    @Override
    public CompletableFuture<Void> ask(ExecutionId id, StartIntent asked) {
        return database.changeAndWait(connection -> connection.execute(
                "UPDATE executions SET start_intent_mode = ?, start_intent_at = ?, start_intent_spool = ?, start_intent_boot = ?,"
                        + " revision = revision + 1 WHERE id = ?",
                asked.mode().name(),
                asked.at().toEpochMilli(),
                asked.spool(),
                ExecutionRow.boot(asked),
                id.toString()));
    }

    @Override
    public CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return database.change(connection -> connection.execute(
                "UPDATE executions SET stdout_handle = ?, stderr_handle = ?, revision = revision + 1 WHERE id = ?",
                files.stdout(),
                files.stderr(),
                id.toString()));
    }

    @Override
    public CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks) {
        ExitStatus exit = execution.exit();
        ExecutionMode mode = execution.mode();
        OutputSize output = execution.output();
        String id = execution.id().toString();
        long added = chunks.stream()
                .mapToLong(chunk -> StorageQuota.chunkBytes(chunk.bytes().length + ContentCipher.OVERHEAD))
                .sum();
        long size = quota.grow(execution.id(), execution.spec().tenant(), added);
        boolean isShared = database.generations().isShared();
        Function<WriteConnection, Long> work = connection -> {
            for (OutputChunk chunk : chunks) {
                int stream = ExecutionRow.stream(chunk.stream());
                Long readAt = Columns.millis(chunk.readAt());
                // One at a time: sealed beforehand, a large result would be in memory twice.
                byte[] sealed = cipher.seal(chunk.bytes(), SealContext.output(id, stream, chunk.offset(), readAt));
                connection.execute(INSERT_CHUNK, id, stream, chunk.offset(), sealed, readAt);
            }
            Long revision = connection.queryFirst(
                    isShared ? UPDATE_SHARED : UPDATE,
                    row -> row.getLong(1),
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
                    isShared ? added : size,
                    id);
            if (revision == null) {
                throw new IllegalStateException("execution " + execution.id() + " is not in the database");
            }
            if (execution.state().isFinal()) {
                database.audit().append(connection, List.of(endEntries.apply(execution)));
            }
            return revision;
        };
        // Ends and output are waited for by the thread that follows the execution; a pid is stored beside other work.
        boolean waitedFor = execution.state().isFinal() || !chunks.isEmpty();
        CompletableFuture<Long> updated = waitedFor ? database.writeAndWait(work) : database.write(work);
        return updated.whenComplete((done, failure) -> {
            if (failure != null) {
                quota.grow(execution.id(), execution.spec().tenant(), -added);
            } else if (execution.state().isFinal()) {
                quota.finish(execution.id());
            } else {
                quota.delivered(execution.id());
            }
        });
    }

    @Override
    public List<ExecutionId> unfinished(VmId vm, int limit) {
        return database.read(handle -> handle.select(
                        "SELECT id FROM " + database.dialect().by("executions", "executions_unfinished")
                                + " WHERE finished_at IS NULL AND vmid = ? ORDER BY id DESC LIMIT ?",
                        vm.value(),
                        limit)
                .mapTo(String.class)
                .map(id -> new ExecutionId(UUID.fromString(id)))
                .list());
    }

    @Override
    public List<Unfinished> unfinished() {
        return database.read(handle -> handle
                .createQuery("SELECT * FROM executions WHERE finished_at IS NULL ORDER BY id")
                .map(rows::readableUnfinished)
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList());
    }

    @Override
    public Optional<CommandLine> command(ExecutionId id) {
        return database.read(handle -> longContents.command(handle, id.toString()));
    }

    @Override
    public Optional<StartOptions> startOptions(ExecutionId id) {
        return database.read(handle -> longContents.startOptions(handle, id.toString()));
    }

    @Override
    public long longBytes(ExecutionId id) {
        return database.read(handle -> LongContents.bytes(handle, id.toString()));
    }

    @Override
    public OutputSize outputSize(ExecutionId id) {
        return database.read(handle -> new OutputSize(
                storedBytes(handle, id, OutputStreamName.STDOUT),
                storedBytes(handle, id, OutputStreamName.STDERR),
                false));
    }

    private static long storedBytes(Handle handle, ExecutionId id, OutputStreamName stream) {
        return handle.select(
                        "SELECT coalesce(sum(length(bytes) - ?), 0) FROM output WHERE execution_id = ? AND stream = ?",
                        ContentCipher.OVERHEAD,
                        id.toString(),
                        ExecutionRow.stream(stream))
                .mapTo(Long.class)
                .one();
    }
}
