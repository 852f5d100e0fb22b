// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.ExecutionBinding;
import dev.bellhop.server.store.content.ExecutionJson;
import dev.bellhop.server.store.content.ExecutionRow;
import dev.bellhop.server.store.content.LongContents;
import dev.bellhop.server.store.content.SealContext;
import dev.bellhop.server.store.content.SealedExecution;
import dev.bellhop.server.tenant.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

final class SqlExecutionIntake implements ExecutionIntake {
    private static final String INSERT = """
            INSERT INTO executions (id, vmid, state, revision, sealed_command, labels, timeout_seconds, key_id, account_id,
                sealed_start_options, sealed_secret_env, created_at, start_intent_mode, start_intent_at, start_intent_spool, start_intent_boot,
                approval_expires_at, saved_command, saved_command_version, saved_command_at, stored_bytes, stdout_bytes, stderr_bytes,
                truncated)
            VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, FALSE)""";

    private static final String SELECT_KEY =
            "SELECT execution_id, request_hash FROM idempotency_keys WHERE key_id = ? AND name = ?";

    /** Waits for another server that is storing the same name. */
    private static final String INSERT_KEY = "INSERT INTO idempotency_keys (key_id, name, request_hash, execution_id)"
            + " VALUES (?, ?, ?, ?) ON CONFLICT (key_id, name) DO NOTHING";

    /** The limit of one deletion step. The first execution is deleted whatever its size. */
    private static final long STEP_BYTES = 4 << 20;

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final LongContents longContents;
    private final StorageQuota quota;
    private final Function<Execution, AuditEntry> endEntries;

    SqlExecutionIntake(SqlDatabase database, StorageQuota quota, Function<Execution, AuditEntry> endEntries) {
        this.endEntries = endEntries;
        this.database = database;
        this.cipher = database.cipher();
        this.longContents = new LongContents(cipher);
        this.quota = quota;
    }

    @Override
    public StorageQuota quota() {
        return quota;
    }

    @Override
    public CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent asked, @Nullable IdempotencyKey key) {
        if (execution.state() != ExecutionState.PENDING) {
            throw new IllegalArgumentException("an execution begins as pending");
        }
        ExecutionSpec spec = execution.spec();
        String id = execution.id().toString();
        Approval approval = execution.approval();
        // Sealed here, so that other writes do not wait. Sealed again in the transaction if the key was rotated in
        // between.
        ExecutionBinding binding = ExecutionBinding.of(execution);
        SealedExecution sealed = SealedExecution.of(execution, options, key, cipher);
        String labels = ExecutionJson.names(spec.labels());
        long size = StorageQuota.executionBytes(
                sealed.commandBytes(),
                sealed.secretEnv() == null ? 0 : sealed.secretEnv().length,
                labels == null ? 0 : labels.length());
        long optionsSize = StorageQuota.optionsBytes(sealed.startOptionsBytes());
        try {
            quota.begin(execution.id(), spec.tenant(), size, optionsSize);
        } catch (BellhopException e) {
            return CompletableFuture.failedFuture(e);
        }
        AuditIntent.about(id);
        Function<WriteConnection, Insertion> write = connection -> {
            if (key != null) {
                byte[] hash = cipher.renewed(
                        Objects.requireNonNull(sealed.requestHash()),
                        SealContext.requestHash(key.keyId(), key.name(), id));
                if (connection.execute(INSERT_KEY, key.keyId(), key.name(), hash, id) == 0) {
                    return Objects.requireNonNull(known(connection, key));
                }
            }
            connection.executeLater(
                    INSERT,
                    id,
                    execution.vm().value(),
                    execution.state().name(),
                    cipher.renewed(sealed.command(), binding.command()),
                    labels,
                    spec.timeout() == null ? null : spec.timeout().toSeconds(),
                    spec.keyId(),
                    spec.tenant().accountId(),
                    cipher.renewed(sealed.startOptions(), binding.startOptions()),
                    sealed.secretEnv() == null ? null : cipher.renewed(sealed.secretEnv(), binding.secretEnv()),
                    execution.createdAt().toEpochMilli(),
                    asked == null ? null : asked.mode().name(),
                    asked == null ? null : asked.at().toEpochMilli(),
                    asked == null ? null : asked.spool(),
                    ExecutionRow.boot(asked),
                    approval == null ? null : approval.expiresAt().toEpochMilli(),
                    spec.saved() == null ? null : spec.saved().name(),
                    spec.saved() == null ? null : spec.saved().version(),
                    spec.saved() == null ? null : Columns.millis(spec.saved().savedAt()),
                    size + optionsSize);
            longContents.insert(connection, id, sealed);
            insertLabels(connection, execution);
            return new Insertion.Inserted();
        };
        CompletableFuture<Insertion> inserted = database.writeUntilOutcome(write);
        return inserted.whenComplete((insertion, failure) -> {
            if (!(insertion instanceof Insertion.Inserted)) {
                quota.cancelBegin(execution.id());
            }
        });
    }

    /** Inserts a row for each label, for searches. Reads use the labels in the execution's own row. */
    private static void insertLabels(WriteConnection connection, Execution execution) {
        ExecutionSpec spec = execution.spec();
        List<@Nullable Object[]> rows = new ArrayList<>();
        spec.labels()
                .forEach((name, value) -> rows.add(new @Nullable Object[] {
                    name,
                    value,
                    execution.id().toString(),
                    execution.vm().value(),
                    spec.tenant().accountId()
                }));
        connection.executeEach(
                "INSERT INTO execution_labels (name, value, execution_id, vmid, account_id) VALUES (?, ?, ?, ?, ?)",
                rows);
    }

    /** Reads on the writing connection, which sees what another request has just stored. */
    private Insertion.@Nullable Known known(WriteConnection connection, IdempotencyKey key) {
        return connection.queryFirst(
                SELECT_KEY, row -> readKnown(row, key.keyId(), key.name()), key.keyId(), key.name());
    }

    @Override
    public Optional<Insertion.Known> known(String keyId, String name) {
        return Replays.durable(
                database,
                database.read(
                        connection -> connection.find(SELECT_KEY, row -> readKnown(row, keyId, name), keyId, name)));
    }

    private Insertion.Known readKnown(ResultSet row, String keyId, String name) throws SQLException {
        String id = row.getString(1);
        byte[] hash = cipher.open(row.getBytes(2), SealContext.requestHash(keyId, name, id));
        return new Insertion.Known(new ExecutionId(UUID.fromString(id)), new IdempotencyKey(keyId, name, hash));
    }

    @Override
    public CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        return database.changeAndWait(connection -> ExecutionWrites.cancel(connection, id, grace));
    }

    @Override
    public CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        return database.changeAndWait(connection -> connection.execute(
                "UPDATE executions SET approved_at = ?, approved_by = ?, approval_digest = ?, approval_mac = ?,"
                        + " revision = revision + 1 WHERE id = ? AND finished_at IS NULL AND approved_at IS NULL",
                Columns.millis(given.givenAt()),
                given.givenBy(),
                given.digest(),
                cipher.mac(SealContext.approval(
                        id.toString(), Columns.millis(given.givenAt()), given.givenBy(), given.digest())),
                id.toString()));
    }

    @Override
    public CompletableFuture<Boolean> endUnasked(Execution ended) {
        return end(ended, " AND start_intent_at IS NULL");
    }

    @Override
    public CompletableFuture<Boolean> endUnheard(Execution ended) {
        return end(ended, " AND pid IS NULL");
    }

    private CompletableFuture<Boolean> end(Execution ended, String ifStill) {
        if (!ended.state().isFinal() || ended.startedAt() != null) {
            throw new IllegalArgumentException("an execution that ends unasked was not started");
        }
        CompletableFuture<Boolean> done = database.writeAndWait(connection -> {
            Long revision = connection.queryFirst(
                    "UPDATE executions SET state = ?, reason = ?, finished_at = ?, sealed_start_options = NULL,"
                            + " revision = revision + 1 WHERE id = ? AND finished_at IS NULL AND approved_at IS NULL"
                            + ifStill + " RETURNING revision",
                    row -> row.getLong(1),
                    ended.state().name(),
                    ended.reason() == null ? null : ended.reason().name(),
                    Columns.millis(ended.finishedAt()),
                    ended.id().toString());
            if (revision != null) {
                database.audit().append(connection, List.of(endEntries.apply(ended)));
            }
            return revision != null;
        });
        return done.whenComplete((isDone, failure) -> {
            if (Boolean.TRUE.equals(isDone)) {
                quota.finish(ended.id());
            }
        });
    }

    static String oldestFinished(Dialect dialect, String ofTenant) {
        return "SELECT id, stored_bytes FROM " + dialect.by("executions", "executions_by_end") + " WHERE " + ofTenant
                + " AND finished_at IS NOT NULL AND finished_at < ? ORDER BY finished_at, id LIMIT 200";
    }

    private static List<Stored> oldestFinished(
            WriteConnection connection, Dialect dialect, Tenant tenant, Instant before) {
        String account = tenant.accountId();
        long time = before.toEpochMilli();
        return account == null
                ? connection.query(oldestFinished(dialect, "account_id IS NULL"), Stored::read, time)
                : connection.query(oldestFinished(dialect, "account_id = ?"), Stored::read, account, time);
    }

    @Override
    public CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time) {
        CompletableFuture<Deleted> deleted = database.write(connection -> {
            Set<ExecutionId> ids = new HashSet<>();
            long bytes = 0;
            for (Stored oldest : oldestFinished(connection, database.dialect(), tenant, time)) {
                if (bytes >= STEP_BYTES) {
                    break;
                }
                // Otherwise another server has just done so.
                if (delete(connection, oldest.id())) {
                    ids.add(new ExecutionId(UUID.fromString(oldest.id())));
                    bytes += oldest.bytes();
                }
            }
            return new Deleted(ids, bytes);
        });
        return deleted.whenComplete((done, failure) -> {
            if (failure == null) {
                quota.deleted(tenant, done.bytes());
            }
        });
    }

    private record Stored(String id, long bytes) {
        static Stored read(ResultSet row) throws SQLException {
            return new Stored(row.getString(1), row.getLong(2));
        }
    }

    private static boolean delete(WriteConnection connection, String id) {
        connection.execute("DELETE FROM output WHERE execution_id = ?", id);
        connection.execute("DELETE FROM execution_labels WHERE execution_id = ?", id);
        connection.execute("DELETE FROM idempotency_keys WHERE execution_id = ?", id);
        return connection.execute("DELETE FROM executions WHERE id = ?", id) > 0;
    }
}
