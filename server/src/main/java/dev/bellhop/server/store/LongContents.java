// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.store.ExecutionJson.ReadStartOptions;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What is long of executions, up to megabytes each: commands, and what it takes to start them. It is in a table of its own, so that
 * a list reads short rows, whatever its executions run. The row has the beginning of a long command, and of a long delivery
 * what has to be known while it waits. What is in the table is bound to the id alone, as output is: it is read where the row says so, which is read first.
 */
public final class LongContents {
    private static final String INSERT = "INSERT INTO long_contents (execution_id, kind, sealed) VALUES (?, ?, ?)";
    private static final String SELECT = "SELECT sealed FROM long_contents WHERE execution_id = :id AND kind = :kind";

    private final SealedContent content;

    public LongContents(SealedContent content) {
        this.content = content;
    }

    public void insert(WriteConnection connection, String id, SealedContents sealed) {
        for (SealedContents.Piece piece : sealed.more()) {
            byte[] renewed = content.renewed(piece.sealed(), SealedContents.context(id, piece.kind()));
            connection.execute(INSERT, id, piece.kind(), renewed);
        }
    }

    /** All of a command; empty where there is no such execution. */
    public Optional<CommandLine> command(Handle handle, String id) {
        return handle.createQuery(
                        "SELECT sealed_command, " + ExecutionBinding.COLUMNS + " FROM executions WHERE id = ?")
                .bind(0, id)
                .map((row, context) -> content.openCommand(ExecutionBinding.of(row), row.getBytes(1)))
                .findOne()
                .map(inRow -> inRow instanceof CommandLine.Truncated
                        ? ExecutionJson.readCommand(open(handle, id, SealedContents.COMMAND))
                        : inRow);
    }

    /** All of a delivery; empty where the execution is not pending any more. */
    public Optional<StartOptions> delivery(Handle handle, String id) {
        return handle.createQuery("SELECT sealed_start_options, " + ExecutionBinding.COLUMNS
                        + " FROM executions WHERE id = ? AND state = 'PENDING'")
                .bind(0, id)
                .map((row, context) -> content.openDelivery(ExecutionBinding.of(row), row.getBytes(1)))
                .findOne()
                .map((ReadStartOptions inRow) -> inRow.elsewhere()
                        ? ExecutionJson.readStartOptions(open(handle, id, SealedContents.DELIVERY))
                                .startOptions()
                        : inRow.startOptions());
    }

    private byte[] open(Handle handle, String id, int kind) {
        return handle.createQuery(SELECT)
                .bind("id", id)
                .bind("kind", kind)
                .map((row, context) -> content.openLongContent(id, kind, row.getBytes(1)))
                .one();
    }

    public static long bytes(Handle handle, String id) {
        return handle.createQuery("SELECT coalesce(sum(length(sealed)), 0) FROM long_contents WHERE execution_id = ?")
                .bind(0, id)
                .mapTo(Long.class)
                .one();
    }
}
