// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.ExecutionRow;
import dev.bellhop.server.store.content.LongContents;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

final class SqlExecutionJournal implements ExecutionJournal {
    private final SqlDatabase database;
    private final ExecutionRow rows;
    private final LongContents longContents;
    private final StorageQuota quota;
    private final ExecutionWrites writes;

    SqlExecutionJournal(SqlDatabase database, StorageQuota quota, Function<Execution, AuditEntry> endEntries) {
        this.database = database;
        this.rows = new ExecutionRow(database.cipher());
        this.longContents = new LongContents(database.cipher());
        this.quota = quota;
        this.writes = new ExecutionWrites(database, endEntries);
    }

    @Override
    public CompletableFuture<Void> ask(ExecutionId id, StartIntent asked) {
        return database.changeAndWait(connection -> ExecutionWrites.ask(connection, id, asked));
    }

    @Override
    public CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return database.change(connection -> ExecutionWrites.opened(connection, id, files));
    }

    @Override
    public CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks) {
        long added = ExecutionWrites.bytes(chunks);
        long size = quota.grow(execution.id(), execution.spec().tenant(), added);
        boolean isShared = database.generations().isShared();
        Function<WriteConnection, Long> work = connection -> {
            var _ = writes.insert(connection, execution.id(), chunks);
            // Another server may have stored a part of the same execution.
            return isShared
                    ? writes.updateShared(connection, execution, added)
                    : writes.update(connection, execution, size);
        };
        // The thread that follows the execution waits for ends and output; it does other work while a pid is stored.
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
        return database.read(connection -> connection.query(
                "SELECT id FROM " + database.dialect().by("executions", "executions_unfinished")
                        + " WHERE finished_at IS NULL AND vmid = ? ORDER BY id DESC LIMIT ?",
                row -> new ExecutionId(UUID.fromString(row.getString(1))),
                vm.value(),
                limit));
    }

    @Override
    public List<Unfinished> unfinished() {
        return database.read(connection -> connection.query(
                "SELECT * FROM executions WHERE finished_at IS NULL ORDER BY id", rows::readableUnfinished));
    }

    @Override
    public Optional<CommandLine> command(ExecutionId id) {
        return database.read(connection -> longContents.command(connection, id.toString()));
    }

    @Override
    public Optional<StartOptions> startOptions(ExecutionId id) {
        return database.read(connection -> longContents.startOptions(connection, id.toString()));
    }

    @Override
    public long longBytes(ExecutionId id) {
        return database.read(connection -> LongContents.bytes(connection, id.toString()));
    }

    @Override
    public OutputSize outputSize(ExecutionId id) {
        return database.read(connection -> new OutputSize(
                storedBytes(connection, id, OutputStreamName.STDOUT),
                storedBytes(connection, id, OutputStreamName.STDERR),
                false));
    }

    private static long storedBytes(ReadConnection connection, ExecutionId id, OutputStreamName stream) {
        return connection.queryOne(
                "SELECT coalesce(sum(length(bytes) - ?), 0) FROM output WHERE execution_id = ? AND stream = ?",
                row -> row.getLong(1),
                ContentCipher.OVERHEAD,
                id.toString(),
                ExecutionRow.stream(stream));
    }
}
