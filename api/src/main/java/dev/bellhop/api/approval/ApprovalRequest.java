// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.approval;

import dev.bellhop.api.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that an approval is given for: what runs, where, and for whom. Its {@link #digest} binds the approval to exactly that.
 *
 * @param id of the execution
 * @param keyId of the key that asks
 * @param account of that key; absent where it is the operator's
 * @param command text for a shell; absent where there is an argv
 * @param stdin absent for none
 * @param parameters of the saved command
 * @param salt random, so that nobody can guess the rest from the digest; absent where an older server has stored it
 */
@SuppressWarnings("ArrayRecordComponent") // Made to be hashed, once.
public record ApprovalRequest(
        String id,
        long vmid,
        String keyId,
        @Nullable String account,
        @Nullable String command,
        @Nullable String shell,
        @Nullable List<String> argv,
        @Nullable String user,
        @Nullable String cwd,
        @Nullable Map<String, String> env,
        byte @Nullable [] stdin,
        @Nullable Long timeoutSeconds,
        @Nullable String savedCommand,
        @Nullable Integer savedCommandVersion,
        @Nullable Map<String, String> parameters,
        @Nullable Map<String, String> labels,
        @Nullable String salt) {

    private static final String ALGORITHM = "sha256:";

    /** {@code sha256:} and the SHA-256 of the {@link CanonicalJson canonical JSON} of it, in hexadecimal digits. */
    public String digest() {
        try {
            byte[] bytes = canonical().getBytes(StandardCharsets.UTF_8);
            return ALGORITHM
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private String canonical() {
        return new CanonicalJson()
                .text("account", account)
                .texts("argv", argv)
                .text("command", command)
                .text("cwd", cwd)
                .texts("env", env)
                .text("id", id)
                .text("keyId", keyId)
                .texts("labels", labels)
                .texts("parameters", parameters)
                .text("salt", salt)
                .text("savedCommand", savedCommand)
                .number("savedCommandVersion", savedCommandVersion)
                .text("shell", shell)
                .text("stdinBase64", stdin == null ? null : Base64.getEncoder().encodeToString(stdin))
                .number("timeoutSeconds", timeoutSeconds)
                .text("user", user)
                .number("vmid", vmid)
                .end();
    }

    @Override
    public String toString() {
        return "ApprovalRequest[id=" + id + ", vmid=" + vmid + ", keyId=" + keyId + "]";
    }
}
