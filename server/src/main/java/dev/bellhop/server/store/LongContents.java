// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.store.ExecutionJson.ReadDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What is long of executions, up to megabytes each: commands, and what it takes to start them. It is in a table of its own, so that
 * a list reads short rows, whatever its executions run. The row has the beginning of a long command, and of a long delivery
 * what has to be known while it waits. What is in the table is bound to the id alone, as output is: it is read where the row says so, which is read first.
 */
public final class LongContents {
    static final int COMMAND = 1;
    static final int DELIVERY = 2;

    /** In bytes of JSON. */
    private static final int MAX_IN_ROW = 8 * 1024;

    private static final String INSERT = "INSERT INTO long_contents (execution_id, kind, sealed) VALUES (?, ?, ?)";
    private static final String SELECT = "SELECT sealed FROM long_contents WHERE execution_id = :id AND kind = :kind";

    private final SealedContent content;

    public LongContents(SealedContent content) {
        this.content = content;
    }

    /**
     * What is stored of a new execution.
     *
     * @param command for its row
     * @param delivery for its row
     * @param more for the other table
     */
    @SuppressWarnings("ArrayRecordComponent") // Made to be written once.
    public record Sealed(byte[] command, byte[] delivery, List<Piece> more) {
        /** The bytes of the command that are not for its row. */
        public long longCommand() {
            return bytes(COMMAND);
        }

        /** Likewise of the delivery. */
        public long longDelivery() {
            return bytes(DELIVERY);
        }

        private long bytes(int kind) {
            return more.stream()
                    .filter(piece -> piece.kind == kind)
                    .mapToLong(piece -> piece.sealed.length)
                    .sum();
        }

        @Override
        public String toString() {
            return "Sealed[" + more.size() + " long]";
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // Likewise.
    private record Piece(int kind, byte[] sealed) {
        @Override
        public String toString() {
            return "Piece[" + kind + "]";
        }
    }

    static Sealed seal(
            ExecutionBinding binding, Execution execution, StartOptions delivery, ContentCipher.Sealer sealer) {
        String id = binding.id();
        CommandLine command = execution.spec().command();
        CommandLine inRow = command.shortened();
        List<Piece> more = new ArrayList<>();
        if (!inRow.equals(command)) {
            more.add(piece(id, COMMAND, ExecutionJson.command(command), sealer));
        }
        byte[] json = ExecutionJson.delivery(delivery);
        if (json.length > MAX_IN_ROW) {
            more.add(piece(id, DELIVERY, json, sealer));
            json = ExecutionJson.terms(delivery);
        }
        return new Sealed(
                sealer.seal(ExecutionJson.command(inRow), binding.command()),
                sealer.seal(json, binding.delivery()),
                more);
    }

    private static Piece piece(String id, int kind, byte[] json, ContentCipher.Sealer sealer) {
        return new Piece(kind, sealer.seal(json, SealedContent.longContentContext(id, kind)));
    }

    public void insert(WriteConnection connection, String id, Sealed sealed) {
        for (Piece piece : sealed.more()) {
            byte[] renewed = content.renewed(piece.sealed(), SealedContent.longContentContext(id, piece.kind()));
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
                        ? ExecutionJson.readCommand(open(handle, id, COMMAND))
                        : inRow);
    }

    /** All of a delivery; empty where the execution is not pending any more. */
    public Optional<StartOptions> delivery(Handle handle, String id) {
        return handle.createQuery("SELECT sealed_start_options, " + ExecutionBinding.COLUMNS
                        + " FROM executions WHERE id = ? AND state = 'PENDING'")
                .bind(0, id)
                .map((row, context) -> content.openDelivery(ExecutionBinding.of(row), row.getBytes(1)))
                .findOne()
                .map((ReadDelivery inRow) -> inRow.elsewhere()
                        ? ExecutionJson.readDelivery(open(handle, id, DELIVERY)).delivery()
                        : inRow.delivery());
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
