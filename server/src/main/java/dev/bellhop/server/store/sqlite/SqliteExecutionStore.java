// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.store.ExecutionBinding;
import dev.bellhop.server.store.ExecutionJson;
import dev.bellhop.server.store.ExecutionRow;
import dev.bellhop.server.store.LongContents;
import dev.bellhop.server.store.Millis;
import dev.bellhop.server.store.SealedContent;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Executions in SQL. */
public final class SqliteExecutionStore implements ExecutionStore {
    private static final String INSERT = """
            INSERT INTO executions (id, vmid, state, revision, sealed_command, labels, timeout_seconds, key_id, account_id,
                sealed_start_options, sealed_secret_env, created_at, start_intent_mode, start_intent_at, start_intent_spool, start_intent_boot,
                approval_expires_at, saved_command, saved_command_version, saved_command_at, stored_bytes, stdout_bytes, stderr_bytes,
                truncated)
            VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
            """;
    private static final String SELECT_KEY =
            "SELECT execution_id, request_hash FROM idempotency_keys WHERE key_id = ? AND name = ?";
    private static final String INSERT_KEY =
            "INSERT INTO idempotency_keys (key_id, name, request_hash, execution_id) VALUES (?, ?, ?, ?)";
    private static final String UPDATE = """
            UPDATE executions SET state = ?, mode = ?, pid = ?, exit_code = ?, signal = ?, reason = ?,
                started_at = ?, finished_at = ?, stdout_bytes = ?, stderr_bytes = ?, truncated = ?,
                stdout_written = ?, stderr_written = ?, stored_bytes = ?, sealed_start_options = NULL
            WHERE id = ?
            """;
    /** A chunk whose write was repeated after a failure replaces itself. */
    private static final String INSERT_CHUNK =
            "INSERT OR REPLACE INTO output (execution_id, stream, stream_offset, bytes) VALUES (?, ?, ?, ?)";

    private static final String SELECT = "SELECT * FROM executions ";
    /** Of all in the VM, many of which may never have got a pid, so many are looked at. */
    private static final String RECENT = """
            SELECT executions.* FROM (
                SELECT id FROM executions INDEXED BY %s WHERE %s vmid = :vm ORDER BY id DESC LIMIT 10000
            ) AS scanned CROSS JOIN executions ON executions.id = scanned.id WHERE pid IS NOT NULL LIMIT :limit
            """;

    private static final String RECENT_OF_ALL = RECENT.formatted("executions_in_vm", "");
    static final String RECENT_OF_ACCOUNT =
            RECENT.formatted("executions_of_account_in_vm", "account_id = :account AND");

    /** Chunks from the one that holds the first byte wanted. */
    private static final String SELECT_CHUNKS = """
            SELECT stream_offset, bytes FROM output
            WHERE execution_id = :id AND stream = :stream AND stream_offset < :to AND stream_offset >= coalesce(
                (SELECT max(stream_offset) FROM output
                 WHERE execution_id = :id AND stream = :stream AND stream_offset <= :from), 0)
            ORDER BY stream_offset
            """;

    static final String OLDEST_FINISHED = """
            SELECT id, stored_bytes FROM executions INDEXED BY executions_by_end
            WHERE account_id IS ? AND finished_at IS NOT NULL AND finished_at < ? ORDER BY finished_at, id LIMIT 200
            """;

    /** What is deleted at once: the first, whatever its size, and more up to this. */
    private static final long STEP_BYTES = 4 << 20;

    private final SqliteDatabase database;
    private final SealedContent content;
    private final ExecutionRow rows;
    private final LongContents longContents;
    private final StorageQuota quota;

    /** One that keeps all that it is given. */
    public SqliteExecutionStore(SqliteDatabase database) {
        this(database, StorageQuota.unlimited());
    }

    /** @param quota in which nothing is counted yet */
    public SqliteExecutionStore(SqliteDatabase database, StorageQuota quota) {
        this.database = database;
        this.content = database.content();
        this.rows = new ExecutionRow(content);
        this.longContents = new LongContents(content);
        this.quota = quota;
        StoredSizes.count(database, quota);
    }

    @Override
    public StorageQuota quota() {
        return quota;
    }

    @Override
    public CompletableFuture<Insertion> insert(
            Execution execution, StartOptions delivery, @Nullable StartIntent asked, @Nullable IdempotencyKey key) {
        if (execution.state() != ExecutionState.PENDING) {
            throw new IllegalArgumentException("an execution begins as pending");
        }
        ExecutionSpec spec = execution.spec();
        String id = execution.id().toString();
        Approval approval = execution.approval();
        // Here, and not while other writes wait; once more there, where the key was rotated in between.
        ExecutionBinding binding = ExecutionBinding.of(execution);
        SealedContent.SealedExecution sealed = content.execution(binding, execution, delivery, key);
        byte[] sealedDelivery = sealed.contents().delivery();
        String labels = ExecutionJson.names(spec.labels());
        long size = StorageQuota.executionBytes(
                sealed.contents().command().length + sealed.contents().longCommand(),
                length(sealed.secretEnv()),
                labels == null ? 0 : labels.length());
        long deliverySize = StorageQuota.deliveryBytes(
                sealedDelivery.length + sealed.contents().longDelivery());
        try {
            quota.begin(execution.id(), spec.tenant(), size, deliverySize);
        } catch (BellhopException e) {
            return CompletableFuture.failedFuture(e);
        }
        AuditIntent.about(id);
        CompletableFuture<Insertion> inserted = database.writeAndWait(connection -> {
            if (key != null) {
                Insertion.Known known = known(connection, key);
                if (known != null) {
                    return known;
                }
                byte[] hash = content.renewed(
                        Objects.requireNonNull(sealed.requestHash()),
                        SealedContent.requestHashContext(key.keyId(), key.name(), id));
                connection.execute(INSERT_KEY, key.keyId(), key.name(), hash, id);
            }
            connection.execute(
                    INSERT,
                    id,
                    execution.vm().value(),
                    execution.state().name(),
                    content.renewed(sealed.contents().command(), binding.command()),
                    labels,
                    spec.timeout() == null ? null : spec.timeout().toSeconds(),
                    spec.keyId(),
                    spec.tenant().accountId(),
                    content.renewed(sealed.contents().delivery(), binding.delivery()),
                    sealed.secretEnv() == null ? null : content.renewed(sealed.secretEnv(), binding.secretEnv()),
                    execution.createdAt().toEpochMilli(),
                    asked == null ? null : asked.mode().name(),
                    asked == null ? null : asked.at().toEpochMilli(),
                    asked == null ? null : asked.spool(),
                    boot(asked),
                    approval == null ? null : approval.expiresAt().toEpochMilli(),
                    spec.saved() == null ? null : spec.saved().name(),
                    spec.saved() == null ? null : spec.saved().version(),
                    spec.saved() == null ? null : Millis.of(spec.saved().savedAt()),
                    size + deliverySize);
            longContents.insert(connection, id, sealed.contents());
            ExecutionLabels.insert(connection, execution);
            return new Insertion.Inserted();
        });
        return inserted.whenComplete((insertion, failure) -> {
            if (!(insertion instanceof Insertion.Inserted)) {
                quota.cancelBegin(execution.id());
            }
        });
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    /** Read on the connection that writes: what another request has stored a moment ago has to be seen. */
    private Insertion.@Nullable Known known(WriteConnection connection, IdempotencyKey key) {
        return connection.queryFirst(
                SELECT_KEY, row -> readKnown(row, key.keyId(), key.name()), key.keyId(), key.name());
    }

    @Override
    public Optional<Insertion.Known> known(String keyId, String name) {
        return database.read(handle -> handle.createQuery(SELECT_KEY)
                .bind(0, keyId)
                .bind(1, name)
                .map((row, context) -> readKnown(row, keyId, name))
                .findOne());
    }

    private Insertion.Known readKnown(ResultSet row, String keyId, String name) throws SQLException {
        String id = row.getString(1);
        byte[] hash = content.openRequestHash(keyId, name, id, row.getBytes(2));
        return new Insertion.Known(new ExecutionId(UUID.fromString(id)), new IdempotencyKey(keyId, name, hash));
    }

    @Override
    public CompletableFuture<Void> ask(ExecutionId id, StartIntent asked) {
        return database.changeAndWait(connection -> connection.execute(
                "UPDATE executions SET start_intent_mode = ?, start_intent_at = ?, start_intent_spool = ?, start_intent_boot = ? WHERE id = ?",
                asked.mode().name(),
                asked.at().toEpochMilli(),
                asked.spool(),
                boot(asked),
                id.toString()));
    }

    private static @Nullable String boot(@Nullable StartIntent asked) {
        return asked == null || asked.boot() == null ? null : asked.boot().toString();
    }

    @Override
    public CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        long seconds = grace.plusNanos(999_999_999).toSeconds();
        return database.changeAndWait(connection -> connection.execute(
                "UPDATE executions SET cancel_grace_seconds = min(coalesce(cancel_grace_seconds, ?), ?)"
                        + " WHERE id = ? AND finished_at IS NULL",
                seconds,
                seconds,
                id.toString()));
    }

    @Override
    public CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        return database.changeAndWait(connection -> connection.execute(
                "UPDATE executions SET approved_at = ?, approved_by = ?, approval_digest = ?, approval_mac = ?"
                        + " WHERE id = ? AND finished_at IS NULL AND approved_at IS NULL",
                Millis.of(given.givenAt()),
                given.givenBy(),
                given.digest(),
                content.mac(ExecutionBinding.approval(
                        id.toString(), Millis.of(given.givenAt()), given.givenBy(), given.digest())),
                id.toString()));
    }

    @Override
    public CompletableFuture<Void> opened(ExecutionId id, OpenFiles files) {
        return database.change(connection -> connection.execute(
                "UPDATE executions SET stdout_handle = ?, stderr_handle = ? WHERE id = ?",
                files.stdout(),
                files.stderr(),
                id.toString()));
    }

    @Override
    public CompletableFuture<Void> update(Execution execution, List<OutputChunk> chunks) {
        ExitStatus exit = execution.exit();
        ExecutionMode mode = execution.mode();
        OutputSize output = execution.output();
        String id = execution.id().toString();
        long added = chunks.stream()
                .mapToLong(chunk -> StorageQuota.chunkBytes(chunk.bytes().length + ContentCipher.OVERHEAD))
                .sum();
        long size = quota.grow(execution.id(), execution.spec().tenant(), added);
        Consumer<WriteConnection> work = connection -> {
            for (OutputChunk chunk : chunks) {
                int stream = number(chunk.stream());
                // One at a time: sealed beforehand, a large result would be in memory twice.
                byte[] sealed = content.output(id, stream, chunk.offset(), chunk.bytes());
                connection.execute(INSERT_CHUNK, id, stream, chunk.offset(), sealed);
            }
            int changed = connection.execute(
                    UPDATE,
                    execution.state().name(),
                    mode == null ? null : mode.name(),
                    execution.pid(),
                    exit == null ? null : exit.code(),
                    exit == null ? null : exit.signal(),
                    reason(execution),
                    Millis.of(execution.startedAt()),
                    Millis.of(execution.finishedAt()),
                    output.stdoutBytes(),
                    output.stderrBytes(),
                    output.truncated(),
                    output.stdoutWritten(),
                    output.stderrWritten(),
                    size,
                    id);
            if (changed != 1) {
                throw new IllegalStateException("execution " + execution.id() + " is not in the database");
            }
            if (execution.state().isFinal()) {
                database.audit().append(connection, List.of(end(execution)));
            }
        };
        // Ends and output are waited for by the thread that follows the execution; a pid is stored beside other work.
        boolean waitedFor = execution.state().isFinal() || !chunks.isEmpty();
        CompletableFuture<Void> updated = waitedFor ? database.changeAndWait(work) : database.change(work);
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

    /** What the audit trail says of an end. */
    private static AuditEntry end(Execution execution) {
        boolean known = execution.state() != ExecutionState.LOST && execution.state() != ExecutionState.REJECTED;
        Instant at = execution.finishedAt() == null ? execution.createdAt() : execution.finishedAt();
        return new AuditEntry(at, AuditRecord.EXECUTION_END, known ? Outcome.DONE : Outcome.FAILED)
                .by(execution.spec().keyId(), execution.spec().tenant())
                .in(execution.vm())
                .execution(execution.id().toString())
                .state(execution.state().wireName())
                .because(execution.reason() == null ? null : execution.reason().wireName());
    }

    @Override
    public Optional<CommandLine> command(ExecutionId id) {
        return database.read(handle -> longContents.command(handle, id.toString()));
    }

    @Override
    public Optional<StartOptions> delivery(ExecutionId id) {
        return database.read(handle -> longContents.delivery(handle, id.toString()));
    }

    @Override
    public long longBytes(ExecutionId id) {
        return database.read(handle -> LongContents.bytes(handle, id.toString()));
    }

    @Override
    public Optional<Execution> find(ExecutionId id) {
        return database.read(handle -> handle.createQuery(SELECT + "WHERE id = ?")
                .bind(0, id.toString())
                .map(rows::read)
                .findOne());
    }

    @Override
    public Optional<Execution> find(ExecutionId id, TenantFilter tenants) {
        String account = tenants.accountId();
        return account == null
                ? find(id)
                : database.read(handle -> handle.createQuery(SELECT + "WHERE id = ? AND account_id = ?")
                        .bind(0, id.toString())
                        .bind(1, account)
                        .map(rows::read)
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
                        "SELECT coalesce(sum(length(bytes) - ?), 0) FROM output WHERE execution_id = ? AND stream = ?")
                .bind(0, ContentCipher.OVERHEAD)
                .bind(1, id.toString())
                .bind(2, number(stream))
                .mapTo(Long.class)
                .one();
    }

    @Override
    public Optional<Execution> findNewest(VmId vm, long pid, TenantFilter tenants) {
        return database.read(handle -> handle.createQuery(SELECT
                        + "WHERE vmid = :vm AND pid = :pid AND (:account IS NULL OR account_id = :account)"
                        + " ORDER BY id DESC LIMIT 1")
                .bind("vm", vm.value())
                .bind("pid", pid)
                .bind("account", tenants.accountId())
                .map(rows::read)
                .findOne());
    }

    @Override
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        String account = tenants.accountId();
        return database.readInTurn(tenants, handle -> {
            Query select = handle.createQuery(account == null ? RECENT_OF_ALL : RECENT_OF_ACCOUNT)
                    .bind("vm", vm.value())
                    .bind("limit", limit);
            return (account == null ? select : select.bind("account", account))
                    .map(rows::readListed)
                    .list();
        });
    }

    @Override
    public Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        if (filter.vms() != null && filter.vms().isEmpty()) {
            return new Page(List.of(), null);
        }
        // One more than wanted tells whether there is another page.
        ExecutionQuery query = ExecutionQuery.of(filter, before, limit + 1);
        return database.readInTurn(
                filter.tenants(), handle -> handle.inTransaction(transaction -> page(transaction, query, limit)));
    }

    private Page page(Handle handle, ExecutionQuery query, int limit) {
        List<Execution> found = bound(handle.createQuery(query.found()), query.scanValues(), query.filterValues())
                .map(rows::readListed)
                .list();
        if (found.size() > limit) {
            List<Execution> page = found.subList(0, limit);
            return new Page(page, page.getLast().id());
        }
        ExecutionId last = bound(handle.createQuery(query.last()), query.scanValues(), List.of())
                .mapTo(String.class)
                .findOne()
                .flatMap(ExecutionId::parse)
                .orElse(null);
        return new Page(found, last);
    }

    private static Query bound(Query query, List<Object> first, List<Object> then) {
        int place = 0;
        for (Object value : first) {
            query.bind(place++, value);
        }
        for (Object value : then) {
            query.bind(place++, value);
        }
        return query;
    }

    @Override
    public List<ExecutionId> unfinished(VmId vm, int limit) {
        return database.read(handle -> handle.createQuery("SELECT id FROM executions INDEXED BY executions_unfinished"
                        + " WHERE finished_at IS NULL AND vmid = ? ORDER BY id DESC LIMIT ?")
                .bind(0, vm.value())
                .bind(1, limit)
                .mapTo(String.class)
                .map(id -> new ExecutionId(UUID.fromString(id)))
                .list());
    }

    @Override
    public List<Unfinished> unfinished() {
        return database.read(
                handle -> handle
                        .createQuery(SELECT + "WHERE finished_at IS NULL ORDER BY id")
                        .map(rows::readableUnfinished)
                        .list()
                        .stream()
                        .flatMap(Optional::stream)
                        .toList());
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
                    .map((row, context) -> readChunk(id, stream, row))
                    .useStream(chunks -> chunks.forEach(chunk -> append(bytes, chunk, offset, offset + limit)));
            return bytes;
        });
        return bytes.toByteArray();
    }

    private OutputChunk readChunk(ExecutionId id, OutputStreamName stream, ResultSet row) throws SQLException {
        long offset = row.getLong(1);
        byte[] bytes = content.openOutput(id.toString(), number(stream), offset, row.getBytes(2));
        return new OutputChunk(stream, offset, bytes);
    }

    @Override
    public CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time) {
        CompletableFuture<Deleted> deleted = database.write(connection -> {
            Set<ExecutionId> ids = new HashSet<>();
            long bytes = 0;
            for (Stored oldest :
                    connection.query(OLDEST_FINISHED, Stored::read, tenant.accountId(), time.toEpochMilli())) {
                if (bytes >= STEP_BYTES) {
                    break;
                }
                delete(connection, oldest.id());
                ids.add(new ExecutionId(UUID.fromString(oldest.id())));
                bytes += oldest.bytes();
            }
            return new Deleted(ids, bytes);
        });
        return deleted.whenComplete((done, failure) -> {
            if (failure == null) {
                quota.deleted(tenant, done.bytes());
            }
        });
    }

    /** One that has finished, and what it takes up. */
    private record Stored(String id, long bytes) {
        static Stored read(ResultSet row) throws SQLException {
            return new Stored(row.getString(1), row.getLong(2));
        }
    }

    private static void delete(WriteConnection connection, String id) {
        connection.execute("DELETE FROM output WHERE execution_id = ?", id);
        connection.execute(ExecutionLabels.DELETE_OF, id);
        connection.execute("DELETE FROM idempotency_keys WHERE execution_id = ?", id);
        connection.execute("DELETE FROM executions WHERE id = ?", id);
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
