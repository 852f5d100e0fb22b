// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Executions in SQL. */
public final class SqlExecutionStore implements ExecutionStore {
    private static final String INSERT = """
            INSERT INTO executions (id, vmid, state, command, key_id, pid, exit_code, signal, reason,
                created_at, started_at, finished_at, stdout_bytes, stderr_bytes, truncated)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;
    private static final String UPDATE = """
            UPDATE executions SET state = ?, pid = ?, exit_code = ?, signal = ?, reason = ?,
                started_at = ?, finished_at = ?, stdout_bytes = ?, stderr_bytes = ?, truncated = ?
            WHERE id = ?
            """;
    /** A chunk whose write was repeated after a failure replaces itself. */
    private static final String INSERT_CHUNK =
            "INSERT OR REPLACE INTO output (execution_id, stream, stream_offset, bytes) VALUES (?, ?, ?, ?)";

    private static final String SELECT = "SELECT * FROM executions ";

    /** Chunks from the one that holds the first byte wanted. */
    private static final String SELECT_CHUNKS = """
            SELECT stream_offset, bytes FROM output
            WHERE execution_id = :id AND stream = :stream AND stream_offset < :to AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = :id AND stream = :stream AND stream_offset <= :from), 0)
            ORDER BY stream_offset
            """;

    /** The oldest, up to a number of executions and of bytes; the first of them whatever its size. */
    private static final String SOME_FINISHED_BEFORE = """
            (SELECT id FROM (
                SELECT id, sum(stdout_bytes + stderr_bytes) OVER (ORDER BY finished_at, id ROWS UNBOUNDED PRECEDING)
                    - stdout_bytes - stderr_bytes AS bytes_before
                FROM (SELECT * FROM executions WHERE finished_at < ? ORDER BY finished_at, id LIMIT 50))
             WHERE bytes_before < 4194304)
            """;

    private final SqliteDatabase database;

    public SqlExecutionStore(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public CompletableFuture<Void> insert(Execution execution) {
        ExitStatus exit = execution.exit();
        return database.changeAndWait(connection -> connection.execute(
                INSERT,
                execution.id().toString(),
                execution.vm().value(),
                execution.state().name(),
                execution.command(),
                execution.keyId(),
                execution.pid(),
                exit == null ? null : exit.code(),
                exit == null ? null : exit.signal(),
                reason(execution),
                execution.createdAt().toEpochMilli(),
                Millis.of(execution.startedAt()),
                Millis.of(execution.finishedAt()),
                execution.output().stdoutBytes(),
                execution.output().stderrBytes(),
                execution.output().truncated()));
    }

    @Override
    public CompletableFuture<Void> update(Execution execution, List<OutputChunk> chunks) {
        ExitStatus exit = execution.exit();
        Consumer<WriteConnection> work = connection -> {
            for (OutputChunk chunk : chunks) {
                connection.execute(
                        INSERT_CHUNK, execution.id().toString(), number(chunk.stream()), chunk.offset(), chunk.bytes());
            }
            int changed = connection.execute(
                    UPDATE,
                    execution.state().name(),
                    execution.pid(),
                    exit == null ? null : exit.code(),
                    exit == null ? null : exit.signal(),
                    reason(execution),
                    Millis.of(execution.startedAt()),
                    Millis.of(execution.finishedAt()),
                    execution.output().stdoutBytes(),
                    execution.output().stderrBytes(),
                    execution.output().truncated(),
                    execution.id().toString());
            if (changed != 1) {
                throw new IllegalStateException("execution " + execution.id() + " is not in the database");
            }
        };
        // The end of an execution is waited for by the thread that follows it; its pid is stored beside other work.
        return execution.state().isFinal() ? database.changeAndWait(work) : database.change(work);
    }

    @Override
    public Optional<Execution> find(ExecutionId id) {
        return database.read(handle -> handle.createQuery(SELECT + "WHERE id = ?")
                .bind(0, id.toString())
                .map(ExecutionRow::read)
                .findOne());
    }

    @Override
    public Optional<ExecutionId> newestId() {
        return database.read(handle -> handle.createQuery("SELECT max(id) FROM executions")
                .mapTo(String.class)
                .findOne()
                .flatMap(ExecutionId::parse));
    }

    @Override
    public OutputSize outputSize(ExecutionId id) {
        return database.read(handle -> new OutputSize(
                storedBytes(handle, id, OutputStreamName.STDOUT),
                storedBytes(handle, id, OutputStreamName.STDERR),
                false));
    }

    private static long storedBytes(Handle handle, ExecutionId id, OutputStreamName stream) {
        return handle.createQuery(
                        "SELECT coalesce(sum(length(bytes)), 0) FROM output" + " WHERE execution_id = ? AND stream = ?")
                .bind(0, id.toString())
                .bind(1, number(stream))
                .mapTo(Long.class)
                .one();
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid) {
        return database.read(
                handle -> handle.createQuery(SELECT + "WHERE vmid = ? AND pid = ? ORDER BY id DESC LIMIT 1")
                        .bind(0, vm.value())
                        .bind(1, pid)
                        .map(ExecutionRow::read)
                        .findOne());
    }

    @Override
    public List<Execution> recent(VmId vm, int limit) {
        return database.read(
                handle -> handle.createQuery(SELECT + "WHERE vmid = ? AND pid IS NOT NULL ORDER BY id DESC LIMIT ?")
                        .bind(0, vm.value())
                        .bind(1, limit)
                        .map(ExecutionRow::read)
                        .list());
    }

    @Override
    public List<Execution> unfinished() {
        return database.read(handle -> handle.createQuery(SELECT + "WHERE finished_at IS NULL ORDER BY id")
                .map(ExecutionRow::read)
                .list());
    }

    @Override
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        database.read(handle -> {
            handle.createQuery(SELECT_CHUNKS)
                    .bind("id", id.toString())
                    .bind("stream", number(stream))
                    .bind("from", offset)
                    .bind("to", offset + limit)
                    .map((row, context) -> new OutputChunk(stream, row.getLong(1), row.getBytes(2)))
                    .useStream(chunks -> chunks.forEach(chunk -> append(bytes, chunk, offset, offset + limit)));
            return bytes;
        });
        return bytes.toByteArray();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        long millis = time.toEpochMilli();
        return database.write(connection -> {
            connection.execute("DELETE FROM output WHERE execution_id IN " + SOME_FINISHED_BEFORE, millis);
            return connection.execute("DELETE FROM executions WHERE id IN " + SOME_FINISHED_BEFORE, millis);
        });
    }

    private static void append(ByteArrayOutputStream bytes, OutputChunk chunk, long from, long to) {
        int length = chunk.bytes().length;
        int begin = Math.clamp(from - chunk.offset(), 0, length);
        int end = Math.clamp(to - chunk.offset(), begin, length);
        bytes.write(chunk.bytes(), begin, end - begin);
    }

    private static int number(OutputStreamName stream) {
        return switch (stream) {
            case STDOUT -> 1;
            case STDERR -> 2;
        };
    }

    private static @Nullable String reason(Execution execution) {
        return execution.reason() == null ? null : execution.reason().name();
    }
}
