// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.WriteConnection;
import java.util.Optional;

/**
 * What is long of executions, up to megabytes each: commands, and what it takes to start them. It has a table of its own, so
 * that a list reads short rows, whatever its executions run. The row has the beginning of a long command, and of long start
 * options what has to be known while the execution waits. A value here is bound to the id alone, as output is: it is read only
 * where the row, which is read first, says so.
 */
public final class LongContents {
    private final ContentCipher cipher;
    private final ExecutionRow rows;

    public LongContents(ContentCipher cipher) {
        this.cipher = cipher;
        this.rows = new ExecutionRow(cipher);
    }

    public void insert(WriteConnection connection, String id, SealedExecution sealed) {
        for (SealedExecution.Piece piece : sealed.more()) {
            byte[] renewed = cipher.renewed(piece.sealed(), SealContext.longContent(id, piece.kind()));
            connection.execute(
                    "INSERT INTO long_contents (execution_id, kind, sealed) VALUES (?, ?, ?)",
                    id,
                    piece.kind(),
                    renewed);
        }
    }

    /** All of a command; empty where there is no such execution. */
    public Optional<CommandLine> command(ReadConnection connection, String id) {
        return connection
                .find(
                        "SELECT sealed_command, " + ExecutionBinding.COLUMNS + " FROM executions WHERE id = ?",
                        rows::command,
                        id)
                .map(inRow -> inRow instanceof CommandLine.Truncated
                        ? ExecutionJson.readCommand(open(connection, id, SealedExecution.COMMAND))
                        : inRow);
    }

    /** All of the start options; empty where the execution is not pending any more. */
    public Optional<StartOptions> startOptions(ReadConnection connection, String id) {
        return connection
                .find(
                        "SELECT sealed_start_options, " + ExecutionBinding.COLUMNS
                                + " FROM executions WHERE id = ? AND state = 'PENDING'",
                        rows::startOptions,
                        id)
                .map(inRow -> inRow.elsewhere()
                        ? ExecutionJson.readStartOptions(open(connection, id, SealedExecution.START_OPTIONS))
                                .startOptions()
                        : inRow.startOptions());
    }

    private byte[] open(ReadConnection connection, String id, int kind) {
        return connection.queryOne(
                "SELECT sealed FROM long_contents WHERE execution_id = ? AND kind = ?",
                row -> cipher.open(row.getBytes(1), SealContext.longContent(id, kind)),
                id,
                kind);
    }

    public static long bytes(ReadConnection connection, String id) {
        return connection.queryOne(
                "SELECT coalesce(sum(length(sealed)), 0) FROM long_contents WHERE execution_id = ?",
                row -> row.getLong(1),
                id);
    }
}
