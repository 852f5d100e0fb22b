// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.UnreadableContentException;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.ExecutionJson.ReadDelivery;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What of executions is stored encrypted, and what each of it is bound to. Thread safe. */
final class SealedContent {
    private final ContentCipher cipher;

    SealedContent(ContentCipher cipher) {
        this.cipher = cipher;
    }

    static String commandContext(String id) {
        return "command of execution " + id;
    }

    static String deliveryContext(String id) {
        return "delivery of execution " + id;
    }

    static String longContentContext(String id, int kind) {
        return "long content " + kind + " of execution " + id;
    }

    static String secretEnvContext(String id) {
        return "secret variables of execution " + id;
    }

    static String maskContext(String account, String name) {
        return "mask " + name + " of account " + account;
    }

    static String savedCommandContext(String account, String name, int version) {
        return "saved command " + name + " of account " + account + ", version " + version;
    }

    static String outputContext(String id, int stream, long offset) {
        return "output of execution " + id + ", stream " + stream + ", at " + offset;
    }

    static String requestHashContext(String keyId, String name, String id) {
        return "request of execution " + id + "\n" + keyId + "\n" + name;
    }

    byte[] command(String id, CommandLine command) {
        return cipher.seal(ExecutionJson.command(command), commandContext(id));
    }

    CommandLine openCommand(String id, byte[] sealed) {
        return ExecutionJson.readCommand(open(sealed, commandContext(id)));
    }

    byte[] longContent(String id, int kind, byte[] json) {
        return cipher.seal(json, longContentContext(id, kind));
    }

    byte[] openLongContent(String id, int kind, byte[] sealed) {
        return open(sealed, longContentContext(id, kind));
    }

    byte[] delivery(String id, byte[] json) {
        return cipher.seal(json, deliveryContext(id));
    }

    ReadDelivery openDelivery(String id, byte @Nullable [] sealed) {
        return sealed == null
                ? new ReadDelivery(Delivery.PLAIN, false)
                : ExecutionJson.readDelivery(open(sealed, deliveryContext(id)));
    }

    /** Absent where there are none. */
    byte @Nullable [] secretEnv(String id, Map<String, String> variables) {
        String json = ExecutionJson.names(variables);
        return json == null ? null : cipher.seal(json.getBytes(StandardCharsets.UTF_8), secretEnvContext(id));
    }

    Map<String, String> openSecretEnv(String id, byte @Nullable [] sealed) {
        return sealed == null
                ? Map.of()
                : ExecutionJson.readNames(new String(open(sealed, secretEnvContext(id)), StandardCharsets.UTF_8));
    }

    byte[] mask(String account, String name, String pattern) {
        return cipher.seal(pattern.getBytes(StandardCharsets.UTF_8), maskContext(account, name));
    }

    String openMask(String account, String name, byte[] sealed) {
        return new String(open(sealed, maskContext(account, name)), StandardCharsets.UTF_8);
    }

    byte[] savedCommand(String account, String name, int version, String json) {
        return cipher.seal(json.getBytes(StandardCharsets.UTF_8), savedCommandContext(account, name, version));
    }

    String openSavedCommand(String account, String name, int version, byte[] sealed) {
        return new String(open(sealed, savedCommandContext(account, name, version)), StandardCharsets.UTF_8);
    }

    byte[] output(String id, int stream, long offset, byte[] bytes) {
        return cipher.seal(bytes, outputContext(id, stream, offset));
    }

    byte[] openOutput(String id, int stream, long offset, byte[] sealed) {
        return open(sealed, outputContext(id, stream, offset));
    }

    /** A hash that anybody can compute of what may be guessed would tell that it was guessed. */
    byte[] requestHash(String keyId, String name, String id, byte[] hash) {
        return cipher.seal(hash, requestHashContext(keyId, name, id));
    }

    byte[] openRequestHash(String keyId, String name, String id, byte[] sealed) {
        return open(sealed, requestHashContext(keyId, name, id));
    }

    /** As {@link ContentCipher#renewed}. */
    byte[] renewed(byte[] sealed, String context) {
        try {
            return cipher.renewed(sealed, context);
        } catch (UnreadableContentException e) {
            throw unreadable(e);
        }
    }

    boolean isRenewed(byte[] sealed) {
        return cipher.isRenewed(sealed);
    }

    /** As {@link ContentCipher#primary}. */
    int primary() {
        return cipher.primary();
    }

    /** As {@link ContentCipher#check}. */
    byte[] check() {
        return cipher.check();
    }

    private byte[] open(byte[] sealed, String context) {
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
