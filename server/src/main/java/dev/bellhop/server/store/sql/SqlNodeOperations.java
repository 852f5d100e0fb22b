// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.NodeOperations;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.WriteConnection;
import dev.bellhop.server.store.content.GuardedTable;
import dev.bellhop.server.store.sql.Fence.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations of nodes, in PostgreSQL. */
public final class SqlNodeOperations implements NodeOperations {
    private static final String KEPT = "SELECT * FROM operations WHERE id = ? FOR NO KEY UPDATE";

    private static final String HELD_BY =
            "SELECT operations.* FROM operations JOIN " + Fence.HOLD_OF_VM + " WHERE " + Fence.IS_HELD_BY;

    private final SqlDatabase database;
    private final SqlOperationStore operations;
    private final Function<Operation, AuditEntry> endEntries;

    public SqlNodeOperations(SqlDatabase database, Function<Operation, AuditEntry> endEntries) {
        this.database = database;
        this.operations = new SqlOperationStore(database, endEntries);
        this.endEntries = endEntries;
    }

    /** @param work gets the stored operation, or null */
    private CompletableFuture<Void> write(
            VmHold hold,
            Operation operation,
            BiFunction<WriteConnection, @Nullable Operation, Outcome<Operation>> work) {
        if (!operation.vm().equals(hold.vm())) {
            return CompletableFuture.failedFuture(notFound(hold));
        }
        return Fence.write(database, connection -> {
                    if (!Fence.keeps(connection, hold)) {
                        return Outcome.<Operation>fenced();
                    }
                    Operation stored = connection.queryFirst(
                            KEPT, operations::operation, operation.id().toString());
                    return stored == null || stored.vm().equals(hold.vm())
                            ? work.apply(connection, stored)
                            : new Outcome.TurnedAway<>(notFound(hold));
                })
                .thenAccept(done -> {});
    }

    private static BellhopException notFound(VmHold hold) {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find this operation in VM " + hold.vm() + "; it may have been deleted");
    }

    @Override
    public CompletableFuture<Void> update(VmHold hold, Operation operation) {
        return write(hold, operation, (connection, stored) -> {
            if (stored == null) {
                return new Outcome.TurnedAway<>(notFound(hold));
            }
            boolean goesOn = goesOn(stored, operation);
            if (!goesOn && !operation.state().isFinal()) {
                // An error, because a node executes a step that is reported as stored.
                return new Outcome.TurnedAway<>(new BellhopException(
                        ErrorCode.OPERATION_UNDER_WAY,
                        "Cannot go on with this operation because it has ended, or was gone on with elsewhere"));
            }
            if (goesOn || !stored.state().isFinal()) {
                // If the answer was late, the node may not know that its last step is stored.
                Operation now = new Operation(
                        stored.id(),
                        stored.vm(),
                        stored.request(),
                        operation.state(),
                        goesOn ? operation.steps() : stored.steps(),
                        stored.createdAt(),
                        operation.finishedAt(),
                        operation.failure());
                GuardedTable.OPERATIONS.update(connection, database.cipher(), SqlOperationStore.values(now));
                if (now.state().isFinal()) {
                    database.audit().append(connection, List.of(endEntries.apply(now)));
                }
            }
            return new Outcome.Done<>(operation);
        });
    }

    private static boolean goesOn(Operation stored, Operation next) {
        int taken = stored.steps().size();
        return !stored.state().isFinal()
                && next.steps().size() >= taken
                && next.steps().subList(0, taken).equals(stored.steps());
    }

    @Override
    public List<Operation> unfinished(NodeId node, long session, int limit) throws FencedException {
        return read(
                node,
                session,
                connection -> connection.query(
                        HELD_BY + " AND finished_at IS NULL ORDER BY operations.id LIMIT ?",
                        operations::readable,
                        node.value(),
                        session,
                        limit));
    }

    private <T> T read(NodeId node, long session, Function<ReadConnection, T> work) throws FencedException {
        Optional<T> found = database.read(connection ->
                Fence.holds(connection, node, session) ? Optional.of(work.apply(connection)) : Optional.empty());
        return found.orElseThrow(FencedException::new);
    }
}
