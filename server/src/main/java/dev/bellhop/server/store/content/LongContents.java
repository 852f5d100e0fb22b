// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.store.ReadConnection;
import dev.bellhop.server.store.WriteConnection;
import java.util.Optional;

/**
 * Long commands and start options of executions, up to megabytes each. They have a separate table, so lists read only
 * short rows. The row contains the beginning of a long command. For long start options it contains the terms that are
 * needed while the execution waits. Like output, a value here is bound only to the id: it is read only if the row,
 * which is read first, refers to it.
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

    /** Returns the complete command; empty if there is no such execution. */
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

    /** Returns the complete start options; empty if the execution is no longer pending. */
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
