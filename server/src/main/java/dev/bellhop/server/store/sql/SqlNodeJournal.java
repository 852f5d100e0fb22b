// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.NodeJournal;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.ExecutionRow;
import dev.bellhop.server.store.sql.ExecutionWrites.ByNode;
import dev.bellhop.server.store.sql.ExecutionWrites.NodeStep;
import dev.bellhop.server.store.sql.Fence.Outcome;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The journal for nodes, in PostgreSQL. Each write begins by locking its rows and the hold. */
public final class SqlNodeJournal implements NodeJournal {
    /** Includes the size of the start options, which the first update of an execution removes. */
    private static final String KEPT = "SELECT revision, finished_at IS NOT NULL, node_epoch, node_step, account_id,"
            + " stored_bytes, coalesce(length(sealed_start_options), 0) + coalesce("
            + "(SELECT length(sealed) FROM long_contents WHERE execution_id = executions.id AND kind = 2), 0)"
            + " FROM executions JOIN " + Fence.HOLD_OF_VM
            + " WHERE executions.id = ? AND " + Fence.IS_HELD + Fence.KEEP + " FOR NO KEY UPDATE OF executions";

    private static final String UNFINISHED = "SELECT executions.id FROM executions JOIN "
            + Fence.HOLD_OF_VM
            + " WHERE finished_at IS NULL AND " + Fence.IS_HELD_BY
            + " AND executions.id > ? AND (? OR node_vms.vmid = ?)"
            + " ORDER BY executions.id LIMIT ?";

    private final SqlDatabase database;
    private final ExecutionRow rows;
    private final ExecutionReader reader;
    private final ExecutionJournal journal;
    private final StorageQuota quota;
    private final ExecutionWrites writes;

    /** @param executions in the same database */
    public SqlNodeJournal(SqlDatabase database, ExecutionStore executions, Function<Execution, AuditEntry> endEntries) {
        this.database = database;
        this.rows = new ExecutionRow(database.cipher());
        this.reader = executions.reader();
        this.journal = executions.journal();
        this.quota = executions.intake().quota();
        this.writes = new ExecutionWrites(database, endEntries);
    }

    /** An execution's row as a write found it. */
    private record Row(long revision, boolean ended, NodeStep last, Tenant tenant, long bytes, long optionsBytes) {
        static Row read(ResultSet row) throws SQLException {
            return new Row(
                    row.getLong(1),
                    row.getBoolean(2),
                    new NodeStep(row.getLong(3), row.getLong(4)),
                    Tenant.ofAccountId(row.getString(5)),
                    row.getLong(6),
                    StorageQuota.optionsBytes(row.getLong(7)));
        }

        boolean isBefore(NodeStep step) {
            return last.epoch() < step.epoch() || (last.epoch() == step.epoch() && last.step() < step.step());
        }
    }

    private <T> CompletableFuture<T> write(
            VmHold hold, ExecutionId id, BiFunction<WriteConnection, Row, Outcome<T>> work) {
        return Fence.write(database, connection -> {
            Row row = kept(connection, hold, id);
            return row == null ? turnedAway(connection, hold) : work.apply(connection, row);
        });
    }

    private static @Nullable Row kept(WriteConnection connection, VmHold hold, ExecutionId id) {
        return connection.queryFirst(KEPT, Row::read, Fence.values(hold, id.toString()));
    }

    private static <T> Outcome<T> turnedAway(WriteConnection connection, VmHold hold) {
        return Fence.keeps(connection, hold) ? new Outcome.TurnedAway<>(notFound(hold)) : Outcome.fenced();
    }

    private static BellhopException notFound(VmHold hold) {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find this execution in VM " + hold.vm() + "; it may have been deleted");
    }

    @Override
    public CompletableFuture<Void> ask(VmHold hold, ExecutionId id, StartIntent asked) {
        return this.<Row>write(hold, id, (connection, row) -> {
                    if (row.ended) {
                        return new Outcome.TurnedAway<>(new BellhopException(
                                ErrorCode.EXECUTION_ENDED, "Cannot start this execution because it has ended"));
                    }
                    ExecutionWrites.ask(connection, id, asked);
                    return new Outcome.Done<>(row);
                })
                .thenAccept(row -> {});
    }

    @Override
    public CompletableFuture<Void> opened(VmHold hold, ExecutionId id, OpenFiles files) {
        return this.<Row>write(hold, id, (connection, row) -> {
                    if (!row.ended) {
                        ExecutionWrites.opened(connection, id, files);
                    }
                    return new Outcome.Done<>(row);
                })
                .thenAccept(row -> {});
    }

    @Override
    public CompletableFuture<Void> cancel(VmHold hold, ExecutionId id, Duration grace) {
        return this.<Row>write(hold, id, (connection, row) -> {
                    ExecutionWrites.cancel(connection, id, grace);
                    return new Outcome.Done<>(row);
                })
                .thenAccept(row -> {});
    }

    @Override
    public CompletableFuture<Void> output(VmHold hold, ExecutionId id, List<OutputChunk> chunks) {
        return this.<Optional<Written>>write(hold, id, (connection, row) -> {
                    if (row.ended) {
                        return new Outcome.Done<>(Optional.empty());
                    }
                    long size = row.bytes + writes.insert(connection, id, chunks);
                    connection.execute("UPDATE executions SET stored_bytes = ? WHERE id = ?", size, id.toString());
                    return new Outcome.Done<>(Optional.of(new Written(
                            row.revision, row.tenant, true, size - row.optionsBytes, row.optionsBytes, false)));
                })
                .thenAccept(written -> written.ifPresent(some -> count(id, some)));
    }

    @Override
    public CompletableFuture<Updated> update(VmHold hold, long number, Execution execution, List<OutputChunk> chunks) {
        ExecutionId id = execution.id();
        NodeStep step = new NodeStep(hold.epoch(), number);
        return Fence.<Written>write(database, connection -> {
                    if (!execution.vm().equals(hold.vm())) {
                        return turnedAway(connection, hold);
                    }
                    ByNode updated = writes.update(connection, hold, step, execution, chunks);
                    if (updated != null) {
                        return new Outcome.Done<>(written(updated, execution));
                    }
                    Row row = kept(connection, hold, id);
                    if (row == null) {
                        return turnedAway(connection, hold);
                    }
                    if (row.ended || !row.isBefore(step)) {
                        return new Outcome.Done<>(new Written(row.revision, row.tenant, false, 0, 0, false));
                    }
                    // The cause of the refusal disappeared between the two statements, and cannot return before this
                    // transaction ends.
                    return new Outcome.Done<>(written(
                            Objects.requireNonNull(writes.update(connection, hold, step, execution, chunks)),
                            execution));
                })
                .thenApply(written -> {
                    if (written.isNew()) {
                        count(id, written);
                    }
                    return new Updated(written.revision, written.isNew());
                });
    }

    private static Written written(ByNode updated, Execution execution) {
        return new Written(
                updated.revision(),
                updated.tenant(),
                true,
                updated.bytes(),
                0,
                execution.state().isFinal());
    }

    /**
     * The stored size of an execution.
     *
     * @param isNew whether something was written
     * @param bytes without the start options
     */
    private record Written(long revision, Tenant tenant, boolean isNew, long bytes, long optionsBytes, boolean ended) {}

    /** Updates the quota from stored values: this server may not have seen the execution before. */
    private void count(ExecutionId id, Written now) {
        quota.found(id, now.tenant, now.bytes, now.optionsBytes);
        var _ = quota.grow(id, now.tenant, 0); // Wakes the cleanup of storage over the quota.
        if (now.ended) {
            quota.finish(id);
        }
    }

    @Override
    public Execution find(VmHold hold, ExecutionId id) throws FencedException {
        require(hold);
        return reader.find(id)
                .filter(execution -> execution.vm().equals(hold.vm()))
                .orElseThrow(() -> notFound(hold));
    }

    /**
     * Checks the hold without a lock. The VM may change hands during the read: the node could have read the same data
     * earlier.
     */
    private void require(VmHold hold) throws FencedException {
        if (!database.read(connection -> Fence.holds(connection, hold))) {
            throw new FencedException();
        }
    }

    private void require(VmHold hold, ExecutionId id) throws FencedException {
        require(hold);
        Optional<Integer> found = database.read(connection -> connection.find(
                "SELECT 1 FROM executions WHERE id = ? AND vmid = ?",
                row -> row.getInt(1),
                id.toString(),
                hold.vm().value()));
        if (found.isEmpty()) {
            throw notFound(hold);
        }
    }

    @Override
    public Sizes sizes(VmHold hold, ExecutionId id) throws FencedException {
        require(hold, id);
        return new Sizes(journal.outputSize(id), journal.longBytes(id));
    }

    @Override
    public Optional<Start> start(VmHold hold, ExecutionId id) throws FencedException {
        require(hold, id);
        Optional<CommandLine> command = journal.command(id);
        return journal.startOptions(id).flatMap(options -> command.map(whole -> new Start(whole, options)));
    }

    @Override
    public Page unfinished(NodeId node, long session, @Nullable VmId vm, @Nullable ExecutionId after, int limit)
            throws FencedException {
        Optional<Page> page = database.read(connection -> Fence.holds(connection, node, session)
                ? Optional.of(page(connection, node, session, vm, after, limit))
                : Optional.empty());
        return page.orElseThrow(FencedException::new);
    }

    private Page page(
            ReadConnection connection,
            NodeId node,
            long session,
            @Nullable VmId vm,
            @Nullable ExecutionId after,
            int limit) {
        List<String> ids = connection.query(
                UNFINISHED,
                row -> row.getString(1),
                node.value(),
                session,
                after == null ? "" : after.toString(),
                vm == null,
                vm == null ? 0 : vm.value(),
                limit);
        if (ids.isEmpty()) {
            return new Page(List.of(), null);
        }
        List<ExecutionJournal.Unfinished> executions = connection.query(
                "SELECT * FROM executions WHERE id = ANY (?::text[]) AND finished_at IS NULL ORDER BY id",
                rows::readableUnfinished,
                (Object) ids.toArray(String[]::new));
        return new Page(executions, ids.size() < limit ? null : new ExecutionId(UUID.fromString(ids.getLast())));
    }
}
