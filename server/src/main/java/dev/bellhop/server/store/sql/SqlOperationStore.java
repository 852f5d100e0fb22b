// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationFilter;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationPage;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStep;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.store.Columns;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.sql.ListQuery.Scan;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public final class SqlOperationStore implements OperationStore {
    private static final Logger log = LoggerFactory.getLogger(SqlOperationStore.class);

    /** Rows of older versions have no entry in {@code operation_names}. */
    private static final String NAMED = """
            SELECT * FROM operations WHERE id = COALESCE(
                (SELECT operation_id FROM operation_names WHERE key_id = ? AND name = ?),
                (SELECT id FROM operations WHERE key_id = ? AND idempotency_name = ?))
            """;

    private static final String NAME = "INSERT INTO operation_names (key_id, name, operation_id) VALUES (?, ?, ?)"
            + " ON CONFLICT (key_id, name) DO NOTHING";

    private static final String BEYOND = """
            SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY account_id ORDER BY id DESC) AS place
                FROM operations WHERE finished_at IS NOT NULL) AS placed
            WHERE place > ? LIMIT 500
            """;

    private final SqlDatabase database;
    private final ContentCipher cipher;
    private final Function<Operation, AuditEntry> endEntries;

    public SqlOperationStore(SqlDatabase database, Function<Operation, AuditEntry> endEntries) {
        this.database = database;
        this.endEntries = endEntries;
        this.cipher = database.cipher();
    }

    @Override
    public CompletableFuture<Boolean> insert(Operation operation) {
        return database.writeUntilOutcome(connection -> {
            boolean isNew = takesName(connection, operation);
            if (isNew) {
                GuardedTable.OPERATIONS.insert(connection, cipher, values(operation));
            }
            return isNew;
        });
    }

    /** Inserts the name. The primary key makes a second server wait for the first, and find its name there. */
    private static boolean takesName(WriteConnection connection, Operation operation) {
        String name = operation.request().idempotencyName();
        return name == null
                || connection.execute(
                                NAME,
                                operation.request().keyId(),
                                name,
                                operation.id().toString())
                        == 1;
    }

    static @Nullable Object[] values(Operation operation) {
        OperationRequest request = operation.request();
        return new @Nullable Object[] {
            operation.id().toString(),
            operation.vm().value(),
            request.action().name(),
            request.force(),
            request.grace().toSeconds(),
            request.keyId(),
            request.tenant().accountId(),
            request.idempotencyName(),
            operation.state().name(),
            steps(operation),
            operation.failure(),
            operation.createdAt().toEpochMilli(),
            Columns.millis(operation.finishedAt())
        };
    }

    @Override
    public CompletableFuture<Boolean> endUnbegun(Operation failed, @Nullable OperationId successor) {
        return database.writeAndWait(connection -> {
            boolean isUnbegun = connection.execute(
                            "UPDATE operations SET state = state WHERE id = ? AND finished_at IS NULL AND steps = ''",
                            failed.id().toString())
                    == 1;
            if (isUnbegun) {
                update(connection, successor == null ? failed : failed.unnamed());
            }
            if (isUnbegun && successor != null) {
                connection.execute(
                        "UPDATE operation_names SET operation_id = ? WHERE operation_id = ?",
                        successor.toString(),
                        failed.id().toString());
            }
            return isUnbegun;
        });
    }

    @Override
    public CompletableFuture<Void> update(Operation operation) {
        return database.changeAndWait(connection -> update(connection, operation));
    }

    private void update(WriteConnection connection, Operation operation) {
        GuardedTable.OPERATIONS.update(connection, cipher, values(operation));
        if (operation.state().isFinal()) {
            database.audit().append(connection, List.of(endEntries.apply(operation)));
        }
    }

    @Override
    public Optional<Operation> find(OperationId id) {
        return database.read(
                connection -> connection.find("SELECT * FROM operations WHERE id = ?", this::operation, id.toString()));
    }

    @Override
    public CompletableFuture<Void> name(OperationId id, String keyId, String idempotencyName) {
        return database.changeAndWait(connection -> connection.execute(NAME, keyId, idempotencyName, id.toString()));
    }

    @Override
    public Optional<Operation> named(String keyId, String idempotencyName) {
        return Replays.durable(
                database,
                database.read(connection ->
                        connection.find(NAMED, this::operation, keyId, idempotencyName, keyId, idempotencyName)));
    }

    @Override
    public OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit) {
        if (filter.vms() != null && filter.vms().isEmpty()) {
            return new OperationPage(List.of(), null);
        }
        ListQuery query = query(filter, before, limit + 1, database.dialect());
        ListQuery.Part<Operation> part = database.readSnapshotInTurn(
                filter.tenants(),
                connection -> query.read(
                        connection, this::readable, operation -> operation.id().toString(), limit));
        return new OperationPage(
                part.rows(),
                Optional.ofNullable(part.last()).flatMap(OperationId::parse).orElse(null));
    }

    static ListQuery query(OperationFilter filter, @Nullable OperationId before, int limit, Dialect dialect) {
        String account = filter.tenants().accountId();
        Set<VmId> vms = filter.vms();
        Scan scan = scan(account, vms, dialect);
        if (before != null) {
            scan.where("id < ?", before.toString());
        }
        Where where = new Where().andIf("key_id = ?", filter.keyId());
        if (vms != null) {
            where.andOneOf("vmid", vms.stream().map(VmId::value).toList());
        }
        return ListQuery.of("operations", scan, where, limit, dialect);
    }

    private static Scan scan(@Nullable String account, @Nullable Set<VmId> vms, Dialect dialect) {
        Long vm = vms != null && vms.size() == 1 ? vms.iterator().next().value() : null;
        if (account == null) {
            return vm == null
                    ? new Scan(dialect.byKey("operations"), "id")
                    : new Scan(dialect.by("operations", "operations_in_vm"), "id").where("vmid = ?", vm);
        }
        // Without a VM, it sorts the ids of the account, at most 10,000.
        Scan scan = new Scan(dialect.by("operations", "operations_of_account"), "id").where("account_id = ?", account);
        return vm == null ? scan : scan.where("vmid = ?", vm);
    }

    @Override
    public List<Operation> unfinished() {
        return database.read(connection ->
                connection.query("SELECT * FROM operations WHERE finished_at IS NULL ORDER BY id", this::readable));
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        return database.write(connection -> {
            connection.execute(
                    "DELETE FROM operation_names WHERE operation_id IN (SELECT id FROM operations WHERE finished_at < ?)",
                    time.toEpochMilli());
            return connection.execute("DELETE FROM operations WHERE finished_at < ?", time.toEpochMilli());
        });
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBeyond(int newest) {
        return database.write(connection -> {
            connection.execute("DELETE FROM operation_names WHERE operation_id IN (" + BEYOND + ")", newest);
            return connection.execute("DELETE FROM operations WHERE id IN (" + BEYOND + ")", newest);
        });
    }

    /**
     * Reads an operation; absent if the row is not as the server wrote it. Such an operation is neither continued nor
     * shown.
     */
    @Nullable
    Operation readable(ResultSet row) throws SQLException {
        try {
            return operation(row);
        } catch (BellhopException e) {
            log.error("Cannot take up an operation", e);
            return null;
        }
    }

    Operation operation(ResultSet row) throws SQLException {
        GuardedTable.OPERATIONS.check(row, cipher);
        OperationRequest request = new OperationRequest(
                OperationAction.valueOf(row.getString("action")),
                row.getBoolean("force"),
                Duration.ofSeconds(row.getLong("grace_seconds")),
                row.getString("key_id"),
                Tenant.ofAccountId(row.getString("account_id")),
                row.getString("idempotency_name"));
        return new Operation(
                new OperationId(UUID.fromString(row.getString("id"))),
                new VmId(row.getLong("vmid")),
                request,
                OperationState.valueOf(row.getString("state")),
                steps(row.getString("steps")),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Columns.time(row, "finished_at"),
                row.getString("failure"));
    }

    private static String steps(Operation operation) {
        return operation.steps().stream()
                .map(step -> step.kind().name() + "@" + step.at().toEpochMilli())
                .collect(Collectors.joining(" "));
    }

    private static List<OperationStep> steps(String text) {
        return Arrays.stream(text.split(" "))
                .filter(step -> !step.isEmpty())
                .map(step -> step.split("@"))
                .map(step -> new OperationStep(
                        OperationStep.Kind.valueOf(step[0]), Instant.ofEpochMilli(Long.parseLong(step[1]))))
                .toList();
    }
}
