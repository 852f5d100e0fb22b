// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * What is stored, encrypted, of a new execution's command and start options. Long ones have their beginning in the row, and
 * the whole in {@link LongContents}.
 *
 * @param command for its row
 * @param delivery for its row
 * @param more for the other table
 */
@SuppressWarnings("ArrayRecordComponent") // Made to be written once.
public record SealedContents(byte[] command, byte[] delivery, List<Piece> more) {
    static final int COMMAND = 1;
    static final int DELIVERY = 2;

    /** In bytes of JSON. */
    private static final int MAX_IN_ROW = 8 * 1024;

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
        return "SealedContents[" + more.size() + " long]";
    }

    @SuppressWarnings("ArrayRecordComponent") // Likewise.
    record Piece(int kind, byte[] sealed) {
        @Override
        public String toString() {
            return "Piece[" + kind + "]";
        }
    }

    public static String context(String id, int kind) {
        return "long content " + kind + " of execution " + id;
    }

    static SealedContents seal(
            ExecutionBinding binding, Execution execution, StartOptions options, ContentCipher.Sealer sealer) {
        String id = binding.id();
        CommandLine command = execution.spec().command();
        CommandLine inRow = command.shortened();
        List<Piece> more = new ArrayList<>();
        if (!inRow.equals(command)) {
            more.add(piece(id, COMMAND, ExecutionJson.command(command), sealer));
        }
        byte[] json = ExecutionJson.startOptions(options);
        if (json.length > MAX_IN_ROW) {
            more.add(piece(id, DELIVERY, json, sealer));
            json = ExecutionJson.terms(options);
        }
        return new SealedContents(
                sealer.seal(ExecutionJson.command(inRow), binding.command()),
                sealer.seal(json, binding.delivery()),
                more);
    }

    private static Piece piece(String id, int kind, byte[] json, ContentCipher.Sealer sealer) {
        return new Piece(kind, sealer.seal(json, context(id, kind)));
    }
}
