// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.ContentCipher.Sealer;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.IdempotencyKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The encrypted values of a new execution.
 *
 * @param command for its row; only the beginning of a long command, which is complete in {@link LongContents}
 * @param startOptions for its row; only the terms that are needed while it waits if the options are long
 * @param secretEnv absent without secret variables
 * @param requestHash absent without an idempotency key
 * @param more for {@link LongContents}
 */
@SuppressWarnings("ArrayRecordComponent") // Made to be written once.
public record SealedExecution(
        byte[] command,
        byte[] startOptions,
        byte @Nullable [] secretEnv,
        byte @Nullable [] requestHash,
        List<Piece> more) {
    static final int COMMAND = 1;
    static final int START_OPTIONS = 2;

    /** The limit in the row, in bytes of JSON. */
    private static final int MAX_IN_ROW = 8 * 1024;

    @SuppressWarnings("ArrayRecordComponent") // Made to be written once.
    record Piece(int kind, byte[] sealed) {
        @Override
        public String toString() {
            return "Piece[" + kind + "]";
        }
    }

    /** Seals all values together, which takes little longer than sealing one. */
    public static SealedExecution of(
            Execution execution, StartOptions options, @Nullable IdempotencyKey key, ContentCipher cipher) {
        return cipher.together(sealer -> sealed(execution, options, key, sealer));
    }

    private static SealedExecution sealed(
            Execution execution, StartOptions options, @Nullable IdempotencyKey key, Sealer sealer) {
        ExecutionBinding binding = ExecutionBinding.of(execution);
        String id = binding.id();
        List<Piece> more = new ArrayList<>();
        CommandLine command = execution.spec().command();
        CommandLine inRow = command.shortened();
        if (!inRow.equals(command)) {
            more.add(piece(id, COMMAND, ExecutionJson.command(command), sealer));
        }
        byte[] optionsJson = ExecutionJson.startOptions(options);
        if (optionsJson.length > MAX_IN_ROW) {
            more.add(piece(id, START_OPTIONS, optionsJson, sealer));
            optionsJson = ExecutionJson.terms(options);
        }
        String secretEnv = ExecutionJson.names(execution.spec().secretEnv());
        return new SealedExecution(
                sealer.seal(ExecutionJson.command(inRow), binding.command()),
                sealer.seal(optionsJson, binding.startOptions()),
                secretEnv == null ? null : sealer.seal(secretEnv.getBytes(StandardCharsets.UTF_8), binding.secretEnv()),
                key == null
                        ? null
                        : sealer.seal(key.requestHash(), SealContext.requestHash(key.keyId(), key.name(), id)),
                more);
    }

    private static Piece piece(String id, int kind, byte[] json, Sealer sealer) {
        return new Piece(kind, sealer.seal(json, SealContext.longContent(id, kind)));
    }

    /** Returns the size of the complete command, in bytes. */
    public long commandBytes() {
        return command.length + bytes(COMMAND);
    }

    /** Returns the size of the complete start options, in bytes. */
    public long startOptionsBytes() {
        return startOptions.length + bytes(START_OPTIONS);
    }

    private long bytes(int kind) {
        return more.stream()
                .filter(piece -> piece.kind == kind)
                .mapToLong(piece -> piece.sealed.length)
                .sum();
    }

    @Override
    public String toString() {
        return "SealedExecution[" + more.size() + " long]";
    }
}
