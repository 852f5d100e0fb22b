// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static dev.bellhop.server.ssh.fuzz.Fields.message;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.sshd.common.SshConstants;

/** Who speaks SSH as far as to be asked for a login, and answers that with nonsense. */
final class LoginAttempts {
    private static final int MESSAGES = 12;
    private static final String CONNECTION = "ssh-connection";
    private static final List<String> NAMES = List.of(
            "1", "1", "1", "2", "", "dry-run:1", "a+1", "+", "1+1", "dry-run:", "ä", "a".repeat(70_000), "%n\n");
    private static final List<String> METHODS =
            List.of("publickey", "password", "none", "hostbased", "keyboard-interactive", "gssapi-with-mic", "");

    private final Mutator mutator;
    private final List<byte[]> keys;

    /** Of one connection: who is cut off where it changes. */
    private String name = "";

    /** How few of its messages are spoilt. */
    private int calm;

    /** @param keys public keys and certificates, as they go over the wire */
    LoginAttempts(Mutator mutator, List<byte[]> keys) {
        this.mutator = mutator;
        this.keys = keys;
    }

    void tryToLogIn(DeafClient client) throws IOException {
        name = mutator.oneOf(NAMES);
        calm = 1 + mutator.below(12);
        try (DeafClient.Connection connection = client.connect("1").deaf()) {
            for (int i = 0; i < MESSAGES && connection.isOpen(); i++) {
                byte[] next = next();
                connection.send(mutator.oneIn(calm) ? mutator.spoil(next) : next);
            }
            // The library has asked for that, and whoever asks again is cut off: all before it has been read then.
            connection.send(message(SshConstants.SSH_MSG_SERVICE_REQUEST, "ssh-userauth"));
            connection.awaitEnd();
        }
    }

    private byte[] next() {
        return switch (mutator.below(calm > 3 ? 5 : 8)) {
            case 0 -> message(SshConstants.SSH_MSG_USERAUTH_REQUEST, name(), CONNECTION, "password", false, "wrong");
            case 1 ->
                message(SshConstants.SSH_MSG_USERAUTH_REQUEST, name(), CONNECTION, mutator.oneOf(METHODS), true, "");
            case 2 -> offer(false);
            case 3, 4 -> offer(true);
            case 5 -> message(mutator.below(256), mutator.edge(), name());
            case 6 -> message(SshConstants.SSH_MSG_USERAUTH_INFO_RESPONSE, mutator.edge(), "");
            default -> message(SshConstants.SSH_MSG_SERVICE_REQUEST, mutator.oneOf(METHODS));
        };
    }

    private String name() {
        return mutator.oneIn(20) ? mutator.oneOf(NAMES) : name;
    }

    /** A key or a certificate that is spoilt, or its algorithm or signature is. */
    private byte[] offer(boolean signed) {
        byte[] key = mutator.oneOf(keys);
        String kind = kindOf(mutator.oneIn(6) ? mutator.oneOf(keys) : key);
        byte[] offered = mutator.oneIn(2) ? key : mutator.spoil(key);
        if (!signed) {
            return message(
                    SshConstants.SSH_MSG_USERAUTH_REQUEST, name(), CONNECTION, "publickey", false, kind, offered);
        }
        byte[] blob = mutator.spoil(new byte[64]);
        byte[] signature = Fields.join(Fields.framed(kind.getBytes(StandardCharsets.US_ASCII)), Fields.framed(blob));
        return message(
                SshConstants.SSH_MSG_USERAUTH_REQUEST,
                name(),
                CONNECTION,
                "publickey",
                true,
                kind,
                offered,
                mutator.spoil(signature));
    }

    /** It begins with that. */
    private static String kindOf(byte[] key) {
        int length = ByteBuffer.wrap(key).getInt();
        return new String(key, Integer.BYTES, length, StandardCharsets.US_ASCII);
    }
}
