// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.UnreadableContentException;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.ExecutionJson.ReadStartOptions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What of executions is stored encrypted, and what each of it is bound to. Thread safe. */
public final class SealedContent {
    private final ContentCipher cipher;

    public SealedContent(ContentCipher cipher) {
        this.cipher = cipher;
    }

    public static String maskContext(String account, String name) {
        return "mask " + name + " of account " + account;
    }

    public static String savedCommandContext(String account, String name, int version, long createdAt, String keyId) {
        return GuardedRows.text(
                "saved command " + name + " of account " + account + ", version " + version,
                Arrays.<@Nullable Object>asList(createdAt, keyId));
    }

    public static String outputContext(String id, int stream, long offset) {
        return "output of execution " + id + ", stream " + stream + ", at " + offset;
    }

    public static String requestHashContext(String keyId, String name, String id) {
        return "request of execution " + id + "\n" + keyId + "\n" + name;
    }

    /**
     * What of an execution that is about to be stored is encrypted.
     *
     * @param secretEnv absent where there are no secret variables
     * @param requestHash absent where there is no idempotency key
     */
    @SuppressWarnings("ArrayRecordComponent") // Made, and written.
    public record SealedExecution(SealedContents contents, byte @Nullable [] secretEnv, byte @Nullable [] requestHash) {
        @Override
        public String toString() {
            return "SealedExecution[]";
        }
    }

    /** All of it at once. */
    public SealedExecution execution(
            ExecutionBinding binding, Execution execution, StartOptions options, @Nullable IdempotencyKey key) {
        String secretEnv = ExecutionJson.names(execution.spec().secretEnv());
        return cipher.together(sealer -> new SealedExecution(
                SealedContents.seal(binding, execution, options, sealer),
                secretEnv == null ? null : sealer.seal(secretEnv.getBytes(StandardCharsets.UTF_8), binding.secretEnv()),
                key == null
                        ? null
                        : sealer.seal(key.requestHash(), requestHashContext(key.keyId(), key.name(), binding.id()))));
    }

    byte[] openLongContent(String id, int kind, byte[] sealed) {
        return open(sealed, SealedContents.context(id, kind));
    }

    CommandLine openCommand(ExecutionBinding binding, byte[] sealed) {
        return ExecutionJson.readCommand(open(sealed, binding.command()));
    }

    /**
     * What it takes to start one that is pending. It is there until that has begun, so none that has begun can be made to look
     * pending again.
     *
     * @param sealed absent where it is not there
     */
    ReadStartOptions openDelivery(ExecutionBinding binding, byte @Nullable [] sealed) {
        if (sealed == null) {
            // Nothing is not what the server stores.
            checkMac(null, binding.delivery());
        }
        return ExecutionJson.readStartOptions(open(Objects.requireNonNull(sealed), binding.delivery()));
    }

    Map<String, String> openSecretEnv(ExecutionBinding binding, byte @Nullable [] sealed) {
        return sealed == null
                ? Map.of()
                : ExecutionJson.readNames(new String(open(sealed, binding.secretEnv()), StandardCharsets.UTF_8));
    }

    /** As {@link ContentCipher#mac}. */
    public byte[] mac(String text) {
        return cipher.mac(text);
    }

    /** As {@link ContentCipher#checkMac}. */
    public void checkMac(byte @Nullable [] mac, String text) {
        try {
            cipher.checkMac(mac, text);
        } catch (UnreadableContentException e) {
            throw unreadable(e);
        }
    }

    public byte[] mask(String account, String name, String pattern) {
        return cipher.seal(pattern.getBytes(StandardCharsets.UTF_8), maskContext(account, name));
    }

    public String openMask(String account, String name, byte[] sealed) {
        return new String(open(sealed, maskContext(account, name)), StandardCharsets.UTF_8);
    }

    /**
     * Seals a saved command.
     *
     * @param context as {@link #savedCommandContext} gives it
     */
    public byte[] savedCommand(String context, String json) {
        return cipher.seal(json.getBytes(StandardCharsets.UTF_8), context);
    }

    /**
     * Opens a saved command.
     *
     * @param context as {@link #savedCommandContext} gives it
     */
    public String openSavedCommand(String context, byte[] sealed) {
        return new String(open(sealed, context), StandardCharsets.UTF_8);
    }

    public byte[] output(String id, int stream, long offset, byte[] bytes) {
        return cipher.seal(bytes, outputContext(id, stream, offset));
    }

    public byte[] openOutput(String id, int stream, long offset, byte[] sealed) {
        return open(sealed, outputContext(id, stream, offset));
    }

    /** A hash that anybody can compute of what may be guessed would tell that it was guessed. */
    public byte[] openRequestHash(String keyId, String name, String id, byte[] sealed) {
        return open(sealed, requestHashContext(keyId, name, id));
    }

    /** As {@link ContentCipher#renewed}. */
    public byte[] renewed(byte[] sealed, String context) {
        try {
            return cipher.renewed(sealed, context);
        } catch (UnreadableContentException e) {
            throw unreadable(e);
        }
    }

    public boolean isRenewed(byte[] sealed) {
        return cipher.isRenewed(sealed);
    }

    /** As {@link ContentCipher#primary}. */
    public int primary() {
        return cipher.primary();
    }

    /** As {@link ContentCipher#check}. */
    public byte[] check() {
        return cipher.check();
    }

    /** As {@link ContentCipher#open}. */
    byte[] open(byte[] sealed, String context) {
        try {
            return cipher.open(sealed, context);
        } catch (UnreadableContentException e) {
            throw unreadable(e);
        }
    }

    private static BellhopException unreadable(UnreadableContentException e) {
        return new BellhopException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot answer because something that is stored cannot be decrypted; the server's log says what",
                e);
    }
}
